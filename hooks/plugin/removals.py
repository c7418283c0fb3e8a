"""What Python removed from its own library. PYTEST_DONT_REWRITE"""

from __future__ import annotations

from typing import Dict

STANDARD: Dict[str, str] = {
    "asyncio.coroutine": "`async def`",
    "collections.Mapping": "`collections.abc.Mapping`",
    "distutils": "`setuptools`, `shutil` or `sysconfig`",
    "imp": "`importlib`",
    "asyncore": "`asyncio`",
    "asynchat": "`asyncio`",
    "smtpd": "the package aiosmtpd",
    "pipes": "`shlex` and `subprocess`",
    "telnetlib": "a package that replaces it",
    "cgi": "the package legacy-cgi, or `urllib.parse` and `email.message`",
    "cgitb": "the package legacy-cgi, or `traceback`",
    "aifc": "the package standard-aifc",
    "chunk": "the package standard-chunk",
    "sunau": "the package standard-sunau",
    "crypt": "the package legacycrypt, or `hashlib`",
    "imghdr": "the package filetype",
    "lib2to3": "the package libcst or parso",
    "audioop": "the package audioop-lts",
    "binhex": "`base64`",
    "mailcap": "`mimetypes`",
    "nntplib": "the package pynntp",
    "sndhdr": "the package filetype",
    "uu": "`base64`",
    "xdrlib": "the package mda-xdrlib",
    "asyncio.async": "`asyncio.ensure_future`",
    "Task.all_tasks": "`asyncio.all_tasks`",
    "Task.current_task": "`asyncio.current_task`",
    "base64.encodestring": "`base64.encodebytes`",
    "base64.decodestring": "`base64.decodebytes`",
    "cgi.escape": "`html.escape`",
    "fractions.gcd": "`math.gcd`",
    "inspect.formatargspec": "`inspect.signature`",
    "pkgutil.find_loader": "`importlib.util.find_spec`",
    "pkgutil.get_loader": "`importlib.util.find_spec`",
    "platform.linux_distribution": "the package distro",
    "plistlib.readPlist": "`plistlib.load`",
    "plistlib.writePlist": "`plistlib.dump`",
    "sys.getcheckinterval": "`sys.getswitchinterval`",
    "sys.setcheckinterval": "`sys.setswitchinterval`",
    "Element.getchildren": "`list(element)`",
    "Element.getiterator": "`iter`",
    "EntryPoints.get": "`entry_points(group=...)`",
    "HTMLParser.unescape": "`html.unescape`",
    "Thread.isAlive": "`is_alive`",
    "cached_property.lock": "a lock of your own (`threading.RLock`), if one is needed",
    "array.fromstring": "`frombytes`",
    "array.tostring": "`tobytes`",
    "time.clock": "`time.perf_counter`",
    "os.errno": "`errno`",
    "pkgutil.ImpImporter": "`importlib`",
    "inspect.getargspec": "`inspect.getfullargspec` or `inspect.signature`",
    "unittest.makeSuite": "`unittest.TestLoader.loadTestsFromTestCase`",
    "ssl.wrap_socket": "`ssl.SSLContext.wrap_socket`",
    "ssl.match_hostname": "`ssl.SSLContext.check_hostname`",
    "locale.format": "`locale.format_string`",
    "ast.Str": "`ast.Constant`",
    "ast.Num": "`ast.Constant`",
    "ast.NameConstant": "`ast.Constant`",
    "TestCase.assertEquals": "`assertEqual`",
    "TestCase.assertNotEquals": "`assertNotEqual`",
    "TestCase.assertAlmostEquals": "`assertAlmostEqual`",
    "TestCase.assertRegexpMatches": "`assertRegex`",
    "TestCase.assertNotRegexpMatches": "`assertNotRegex`",
    "TestCase.assertRaisesRegexp": "`assertRaisesRegex`",
    "TestCase.assertItemsEqual": "`assertCountEqual`",
    "TestCase.assertDictContainsSubset": "a comparison of `{**whole, **part}` with the whole",
    "TestCase.assert_": "`assertTrue`",
    "TestCase.failUnless": "`assertTrue`",
    "TestCase.failIf": "`assertFalse`",
}
"""What Python removed from its own library, and what its documents name in its place."""
REFUSED: Dict[str, str] = {
    "exceptions must be derived from Warning, not <class 'NoneType'>": (
        "`pytest.warns(None)` is gone since pytest 8: to check that nothing warns, use"
        ' `warnings.catch_warnings()` with `warnings.simplefilter("error")`; to collect what warns,'
        " the fixture `recwarn`."
    ),
}
"""What a library says where it no longer takes something, and what there is in its place."""
STAND_INS: Dict[str, str] = {"py": "pytest"}
"""Modules of a package that another distribution brings in part, so that most of it is missing."""
GONE_MODULES: Dict[str, str] = {
    **dict.fromkeys(("binhex",), "3.11"),
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), "3.12"),
    **dict.fromkeys(
        ("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"),
        "3.13",
    ),
    **dict.fromkeys(("nntplib", "pipes", "sndhdr", "sunau", "telnetlib", "uu", "xdrlib"), "3.13"),
}
"""The whole modules among them, with the Python that is the first without."""
