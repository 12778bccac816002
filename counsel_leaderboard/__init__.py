"""One import package for the project's five folders, so that none of their names can meet a package of somebody else.

The folders stay where they are, at the top of the repository; here each is a link.
"""
