"""What sheets say to everybody, in Vietnamese and in English; `sheet.py` chooses."""

DONE = {
    "COMPLETION": ("Đã hoàn thành khóa tập huấn ngắn hạn", "has completed the short training course"),
    "PROGRAMME": ("Đã hoàn thành chương trình tập huấn", "has completed the training programme"),
}

LABELS = {
    "document_label": ("Giấy chứng nhận số", "Certificate No."),
    "qr_label": ("Mã QR kiểm tra giấy chứng nhận, mã tra cứu", "QR code to check this certificate, code"),
    "serial_label": ("Số hiệu:", "No.:"),
    "book_label": ("Số vào sổ:", "Register No.:"),
    "code_label": ("Mã tra cứu:", "Code:"),
    "token_label": ("Mã QR có chữ ký số của cơ quan cấp", "QR code signed by the issuer"),
    "where_label": ("Kiểm tra tại", "Check at"),
    "born_label": ("Sinh ngày", "Born"),
}

UNSIGNED, BY_OFFICE, BY_SITE, LATER = "", "office", "site", "later"
"""Whose key signs the file: nobody's, the office's own, one that this installation made for itself, or the office's own
elsewhere, after the file was drawn.
"""

SIGNATURE = {
    UNSIGNED: ("Bản điện tử chưa ký số", "Electronic copy, not digitally signed"),
    BY_OFFICE: ("Bản điện tử được ký số bởi cơ quan cấp", "Electronic copy, digitally signed by the issuer"),
    BY_SITE: (
        "Bản điện tử ký số bằng khóa tự tạo của hệ thống",
        "Electronic copy, digitally signed with a key of this system's own",
    ),
    LATER: (
        "Bản điện tử có giá trị khi mang chữ ký số của cơ quan cấp",
        "Electronic copy, valid once it carries the issuer's digital signature",
    ),
}

SIGNATURE_NOTE = {
    UNSIGNED: (
        "Bản điện tử chưa ký số: hãy kiểm tra bằng mã QR hoặc mã tra cứu.",
        "Electronic copy, not digitally signed: check it by its QR code or its code.",
    ),
    BY_OFFICE: (
        "Bản in chỉ để tham khảo; bản có giá trị là tệp PDF đã ký số.",
        "A print is for reference only; what counts is the digitally signed PDF file.",
    ),
    BY_SITE: (
        "Khóa tự tạo chưa phải chữ ký số của cơ quan: hãy kiểm tra bằng mã QR hoặc mã tra cứu.",
        "That key is not yet the issuer's digital signature: check by the QR code or the code.",
    ),
    LATER: (
        "Tệp PDF chưa có chữ ký số thì chưa có giá trị; bản in chỉ để tham khảo.",
        "A PDF file without that signature is not valid yet; a print is for reference only.",
    ),
}

NOTE = "Giấy chứng nhận này không thay thế chứng chỉ bồi dưỡng theo Nghị định số 171/2025/NĐ-CP."

SEAL = ("Hình con dấu, không phải chữ ký số, của", "Picture of the seal, not a digital signature, of")

OFFLINE = (
    (
        "Kiểm tra khi không có mạng: quét mã này bằng điện thoại đã từng mở trang %s. "
        "Máy tự kiểm tra chữ ký số trong mã và không gửi gì đi."
    ),
    (
        "To check without a network: scan this code with a phone that has opened %s before. "
        "It checks the digital signature in the code by itself and sends nothing."
    ),
)

ENGLISH_NOTE = "This certificate does not replace a training certificate under Decree No. 171/2025/NĐ-CP."

NEEDED = {
    "parent_name": "tên cơ quan cấp trên",
    "name": "tên cơ quan cấp",
    "place": "địa danh",
    "signer_title": "chức danh người ký",
    "course_title": "tên khóa học",
}
"""Texts without which there is no English sheet, and what they are called."""
