"""The words that names are made of: their forms, and those that Python and SQL reserve."""

from __future__ import annotations

import keyword
import re
import sys
from functools import cache
from unicodedata import normalize


def words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
# What is one on another Python than the running one: a name is as good on every machine.
_SOFT_KEYWORDS = frozenset({*keyword.softkwlist, "type"})
# With what newer or older Pythons have than the running one.
STANDARD_LIBRARY = sys.stdlib_module_names | words_in("""
    aifc annotationlib asynchat asyncore audioop binhex cgi cgitb chunk compression crypt distutils
    dummy_threading formatter imghdr imp lib2to3 macpath mailcap msilib nis nntplib ossaudiodev parser pipes
    smtpd sndhdr spwd sunau symbol telnetlib tomllib uu xdrlib zoneinfo
""")
# Names that read as digits, which ruff finds in generated code.
AMBIGUOUS = frozenset("IOl")
# Words that a column of this name would have to be quoted for, on SQLite, PostgreSQL or MariaDB.
RESERVED_IN_SQL = words_in("""
    add all alter analyse analyze and any array as asc asymmetric before between bigint binary both by call
    cascade case change char check collate column condition constraint continue convert create cross cube
    current_date current_time current_timestamp current_user cursor database day_hour declare default
    deferrable delayed delete desc describe distinct div do double drop dual each else elseif empty end
    enclosed escape escaped except exists exit explain false fetch float for force foreign freeze from full
    function generated get grant group grouping groups having if ignore ilike in index infile initially inner
    inout insensitive insert int integer intersect interval into is isnull iterate join key keys kill lateral
    leading leave left like limit linear lines load localtime localtimestamp lock long loop low_priority match
    maxvalue mod natural not notnull null numeric of offset on only optimize option or order out outer over
    overlaps partition placing primary procedure purge range rank read reads real recursive references regexp
    release rename repeat replace require resignal restrict return returning revoke right rlike row row_number
    rows schema select sensitive separator session_user set show signal similar smallint some spatial sql
    starting stored straight_join symmetric system table tablesample terminated then to trailing trigger true
    undo union unique unlock unsigned update usage use user using utc_date utc_time values variadic varying
    verbose virtual when where while window with write xor zerofill
""")


def is_keyword(word: str) -> bool:
    """Return whether a word is a keyword of any Python, be it a soft one."""
    return keyword.iskeyword(word) or word in _SOFT_KEYWORDS


def in_ascii(text: str) -> str:
    """Return ``Café`` as ``Cafe``, without the characters that no ASCII letter is near to."""
    return normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()


@cache
def snake_case(name: str) -> str:
    """Return ``BlogPost`` as ``blog_post``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def sentence(name: str) -> str:
    """Return ``blog_post`` as people read it at the beginning of a sentence: ``Blog post``."""
    return name.replace("_", " ").capitalize()
