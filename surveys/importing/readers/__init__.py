"""What parses files that nobody has checked. Each module runs in a process of its own.

`surveys.importing.files` starts them: they know no secret, may use little memory and time, and
answer in JSON, so that a file which breaks a parser breaks nothing else.
"""
