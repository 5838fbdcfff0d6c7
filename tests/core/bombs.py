"""Workbooks that unpack to far more than they are."""

import io
import zipfile


def zip_bomb(good: bytes, rows: int = 6000) -> bytes:
    """An otherwise good workbook whose first sheet unpacks a hundred thousand to one."""
    parts = zipfile.ZipFile(io.BytesIO(good))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb:
        for part in parts.infolist():
            if part.filename != "xl/worksheets/sheet1.xml":
                bomb.writestr(part.filename, parts.read(part))
        with bomb.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            row = b"<row>" + b"<c><v>1</v></c>" * 10_000 + b"</row>"
            for _at in range(rows):
                sheet.write(row)
            sheet.write(b"</sheetData></worksheet>")
    return file.getvalue()
