"""Lists that people send and fetch: xlsx, xls, ods and csv (the home of the spreadsheet libraries)."""

import python_calamine  # noqa: F401
import xlsxwriter  # noqa: F401
