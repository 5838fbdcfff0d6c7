"""What to type where, product by product: steps, the labels of its form, and what it must tell us. Pure data.

Steps are Vietnamese source text, said by `_(step, register=guide.register)`. Labels are those of the English form.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lms_app.lti.claims import VARIABLES
from lms_app.lti.quirks import BLACKBOARD, BRIGHTSPACE, CANVAS, MOODLE, OPENEDX, PRODUCTS, SAKAI


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of the product's form. `is_copied`: an address or text of ours; else a choice of the form's own."""

    label: str
    value: str
    is_copied: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the product shows and we need: its label, its usual form, and the option of `flask lti add-platform`."""

    label: str
    pattern: str
    option: str


@dataclass(frozen=True, slots=True)
class Guide:
    """One product. `registering`: the steps of dynamic registration, none where the product has none."""

    product: str
    name: str
    registering: tuple[str, ...]
    steps: tuple[str, ...]
    entries: tuple[Entry, ...]
    answers: tuple[Answer, ...]
    register: str = ""


def guides(site: str, product: str = "") -> tuple[Guide, ...]:
    """All products, with the addresses of this site; the one asked for (as `quirks.name` calls it) comes first.

    The addresses are a contract: others' configurations hold them.
    """
    ours = {
        "host": urlsplit(site).netloc,
        "login": f"{site}/lti/login",
        "launch": f"{site}/lti/launch",
        "keys": f"{site}/lti/jwks.json",
        "tool": f"{site}/lti/",
        "config": f"{site}/lti/config.json",
        "variables": "\n".join(f"{name}={value}" for name, value in VARIABLES.items()),
    }
    ordered = sorted(GUIDES, key=lambda guide: guide.product != product)
    return tuple(_filled(guide, ours, f"{site}/lti/register") for guide in ordered)


def _filled(guide: Guide, ours: dict[str, str], register: str) -> Guide:
    entries = (replace(entry, value=entry.value.format(**ours)) for entry in guide.entries)
    return replace(guide, entries=tuple(entries), register=register)


def _form(table: str) -> tuple[Entry, ...]:
    """One field a line: label, equals sign, value. What stands in braces is ours."""
    pairs = (line.strip().split(" = ", 1) for line in table.strip().splitlines())
    return tuple(Entry(label, value, "{" in value) for label, value in pairs)


def _answers(table: str) -> tuple[Answer, ...]:
    """One value a line, in the order of our own form: option, label, then what it usually is."""
    lines = (line.strip().partition(" ") for line in table.strip().splitlines())
    parts = ((option, *text.partition(" = ")) for option, _, text in lines)
    return tuple(Answer(label, pattern, option) for option, label, _, pattern in parts)


AGREE = "Trang đăng ký hiện ra: đọc những gì sẽ được khai báo rồi bấm đồng ý."
_EDX = "https://LMS/api/lti_consumer/v1"
_PORTAL = "https://developer.blackboard.com/api/v1"

GUIDES = (
    Guide(
        MOODLE,
        "Moodle",
        registering=(
            "Mở “Site administration > Plugins > Activity modules > External tool > Manage tools”.",
            "Dán %(register)s vào ô “Tool URL” rồi bấm “Add LTI Advantage”.",
            AGREE,
            "Bấm “Activate” trên thẻ của công cụ mới.",
        ),
        steps=(
            "Mở “Site administration > Plugins > Activity modules > External tool > Manage tools”.",
            "Bấm “configure a tool manually”, điền các ô theo bảng rồi bấm “Save changes”.",
            "Mở “Tool configuration details” trên thẻ của công cụ.",
        ),
        entries=_form("""
            Tool URL = {tool}
            LTI version = LTI 1.3
            Public key type = Keyset URL
            Public keyset = {keys}
            Initiate login URL = {login}
            Redirection URI(s) = {launch}
            Custom parameters = {variables}
            Tool configuration usage = Show in activity chooser and as a preconfigured tool
            Default launch container = Embed, without blocks
            Supports Deep Linking (Content-Item Message) = ✓
            Content Selection URL = {tool}
            IMS LTI Assignment and Grade Services = Use this service for grade sync and column management
            IMS LTI Names and Role Provisioning = Use this service to retrieve members' information as per privacy settings
            Share launcher's name with tool = Always
            Share launcher's email with tool = Never
            Accept grades from the tool = Always
        """),  # noqa: E501 - its words are as long as that
        answers=_answers("""
            --issuer Platform ID = https://MOODLE
            --client-id Client ID
            --deployment Deployment ID
            --auth-url Authentication request URL = https://MOODLE/mod/lti/auth.php
            --token-url Access token URL = https://MOODLE/mod/lti/token.php
            --jwks-url Public keyset URL = https://MOODLE/mod/lti/certs.php
        """),
    ),
    Guide(
        CANVAS,
        "Canvas",
        registering=(
            "Mở “Admin > Apps > Manage > Install a New App”, chọn LTI 1.3.",
            "Ở ô “Install Method”, chọn “Dynamic Registration”. Nếu không có lựa chọn này, làm theo cách thứ hai.",
            "Dán %(register)s vào ô “Dynamic Registration URL” rồi bấm “Next”.",
            AGREE,
        ),
        steps=(
            "Mở “Admin > Apps > Manage > Install a New App”, chọn LTI 1.3.",
            "Ở ô “Install Method”, chọn “Enter URL” rồi dán địa chỉ ở dòng đầu, hoặc “Manual” rồi điền các dòng sau.",
            "Bấm “Next” đến hết rồi bấm “Install App”; chép lại “Client ID” và “Deployment ID”.",
        ),
        entries=_form("""
            JSON URL = {config}
            Target Link URI = {tool}
            OpenID Connect Initiation URL = {login}
            Redirect URIs = {launch}
            JWK Method = Public JWK URL
            Public JWK URL = {keys}
            Custom Fields = {variables}
            Can create and view assignment data in the gradebook associated with the tool. = ✓
            Can create and update submission results for assignments associated with the tool. = ✓
            Can retrieve user data associated with the context the tool is installed in. = ✓
            User Data Shared With This App = Name Only
            Placements = Link Selection, Assignment Selection
        """),
        answers=_answers("""
            --issuer Issuer = https://canvas.instructure.com
            --client-id Client ID
            --deployment Deployment ID
            --auth-url OIDC Auth URL = https://sso.canvaslms.com/api/lti/authorize_redirect
            --token-url Access token URL = https://sso.canvaslms.com/login/oauth2/token
            --jwks-url Public JWKs = https://sso.canvaslms.com/api/lti/security/jwks
        """),
    ),
    Guide(
        OPENEDX,
        "Open edX",
        registering=(),
        steps=(
            'Trong Studio, mở “Settings > Advanced Settings”, thêm "lti_consumer" vào “Advanced Module List”.',
            "Trong bài học, thêm thành phần “Advanced > LTI Consumer”, bấm “Edit”.",
            "Điền các ô theo bảng, thay COURSE-ID bằng mã khóa học, bấm “Save”, xuất bản, rồi chép giá trị hiện ra.",
            "Mỗi khóa học tính điểm cần một thành phần: nhân bản (“Duplicate”) thì chung kết nối, tạo mới thì không.",
        ),
        entries=_form("""
            LTI Version = LTI 1.3
            Launch URL = {tool}courses/COURSE-ID
            Tool Initiate Login URL (OIDC) = {login}
            Registered Redirect URIs = ["{launch}"]
            Tool Public Key Mode = Keyset URL
            Tool Keyset URL = {keys}
            Names & Roles (NRPS) = True
            Deep linking = True
            Deep Linking Launch URL = {tool}
            Assignment and Grades = Declarative
            Custom Parameters = ["course=COURSE-ID"]
            Open tool in = Inline
            This activity is graded = True
            Share Full name = True
        """),
        answers=_answers(f"""
            --issuer Issuer = https://LMS
            --client-id Client ID
            --deployment Deployment ID = {PRODUCTS[OPENEDX].one_deployment}
            --auth-url Login URL = {_EDX}/launch/
            --token-url Access Token URL = {_EDX}/token/ID
            --jwks-url Keyset URL = {_EDX}/public_keysets/ID
        """),
    ),
    Guide(
        BLACKBOARD,
        "Blackboard",
        registering=(),
        steps=(
            "Quản trị viên của trang này khai báo ở developer.anthology.com, theo các ô đến “Custom Parameters”.",
            "Mở “LTI Tool Providers > Register LTI 1.3/Advantage Tool”, điền “Client ID” đã nhận.",
            "Điền các ô còn lại theo bảng, bấm “Submit”, rồi mở “Manage Placements > Create Placement”.",
        ),
        entries=_form("""
            Domain(s) = {host}
            Login Initiation URL = {login}
            Tool Redirect URL(s) = {launch}
            Tool JWKS URL = {keys}
            Signing Algorithm = RS256
            Custom Parameters = {variables}
            Tool Status = Approved
            User Fields to Send = Role in Course, Name
            Allow grade service access = Yes
            Allow Membership Service Access = Yes
            Placement type = Deep Linking content tool
            Target Link URI = {tool}
        """),
        answers=_answers(f"""
            --issuer Issuer = https://blackboard.com
            --client-id Client ID
            --deployment Deployment ID
            --auth-url OIDC auth request endpoint = {_PORTAL}/gateway/oidcauth
            --token-url Auth token endpoint = {_PORTAL}/gateway/oauth2/jwttoken
            --jwks-url Public keyset URL = {_PORTAL}/management/applications/CLIENT-ID/jwks.json
        """),
    ),
    Guide(
        BRIGHTSPACE,
        "Brightspace",
        registering=(
            "Mở “Admin Tools > Manage Extensibility > LTI Advantage > Register Tool”, chọn “Dynamic”.",
            "Dán %(register)s vào ô “Dynamic Registration URL” rồi bấm “Register”; trang đăng ký mở trong một thẻ mới.",
            AGREE,
            "Bật kết nối mới (“Enabled”), rồi xem lại “Extensions” và “Security Settings”.",
        ),
        steps=(
            "Mở “Admin Tools > Manage Extensibility > LTI Advantage > Register Tool”, chọn “Standard”.",
            "Điền các ô theo bảng rồi bấm “Register”; chép lại các giá trị hiện ra.",
            "Mở “View Deployments > New Deployment”, chọn công cụ vừa tạo rồi chép lại “Deployment Id”.",
        ),
        entries=_form("""
            Domain = https://{host}
            Redirect URLs = {launch}
            OpenID Connect Login URL = {login}
            Target Link URI = {tool}
            Keyset URL = {keys}
            Extensions = Assignment and Grade Services, Deep Linking, Names and Role Provisioning Services
            Substitution Parameters = {variables}
            Security Settings = Org Unit Information, Name, Link Information
        """),
        answers=_answers(f"""
            --issuer Issuer = https://BRIGHTSPACE
            --client-id Client Id
            --deployment Deployment Id
            --auth-url OpenID Connect Authentication Endpoint = https://BRIGHTSPACE/d2l/lti/authenticate
            --token-url Brightspace OAuth2 Access Token URL = https://auth.brightspace.com/core/connect/token
            --jwks-url Brightspace Keyset URL = https://BRIGHTSPACE/d2l/.well-known/jwks
            --audience Brightspace OAuth2 Audience = {PRODUCTS[BRIGHTSPACE].token_audience}
        """),
    ),
    Guide(
        SAKAI,
        "Sakai",
        registering=(
            "Mở “Administration Workspace > External Tools > LTI Advantage Auto Provision”, bấm “Auto-Provision”.",
            "Bấm “Use LTI Advantage Auto Configuration” rồi dán %(register)s.",
            AGREE,
        ),
        steps=(
            "Mở “Administration Workspace > External Tools > Install LTI 1.x Tool”.",
            "Điền các ô theo bảng rồi bấm “Save”.",
        ),
        entries=_form("""
            Launch URL = {tool}
            Send User Names to External Tool = ✓
            Provide Roster to External Tool = ✓
            Allow External Tool to return grades = ✓
            Custom parameters = {variables}
            Tool supports LTI 1.3 = ✓
            LTI 1.3 Tool Keyset URL = {keys}
            LTI 1.3 Tool OpenID Connect/Initialization Endpoint = {login}
            LTI 1.3 Tool Redirect Endpoint(s) = {launch}
        """),
        answers=_answers("""
            --issuer LTI 1.3 Platform Issuer = https://SAKAI
            --client-id LTI 1.3 Client ID
            --deployment LTI 1.3 Deployment ID = 1
            --auth-url LTI 1.3 Platform OIDC Authentication URL = https://SAKAI/imsoidc/lti13/oidc_auth
            --token-url LTI 1.3 Platform OAuth2 Bearer Token Retrieval URL = https://SAKAI/imsblis/lti13/token/ID
            --jwks-url LTI 1.3 Platform OAuth2 Well-Known/KeySet URL = https://SAKAI/imsblis/lti13/keyset
        """),
    ),
)
