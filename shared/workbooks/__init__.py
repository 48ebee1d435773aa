"""Files of strangers as sheets: guards of a workbook, its values, and who must not stand in it.

| question | file |
| --- | --- |
| what does every reader give, and what may a cell hold? | sheets.py |
| what is an error or a warning, and how is it told? | findings.py |
| is a workbook honest, and where are its parts? | package.py |
| what do its parts say beside the values? | scan.py, formats.py |
| how are people found in any part of it? | words.py, identifiers.py, people.py, privacy.py |
| how are its values read? | reader.py |
"""
