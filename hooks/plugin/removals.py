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
    "crypt": "the package legacycrypt, or `hashlib`",
    "imghdr": "the package filetype",
    "lib2to3": "the package libcst or parso",
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
GONE_MODULES = frozenset(name for name in STANDARD if "." not in name)
