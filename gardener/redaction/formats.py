"""Secrets that are known by their form alone: by a documented prefix, or by a shape.

The prefixes come from the rules of gitleaks 8 (MIT licence) and from what the providers document.
Lengths are lower than there, since a recorder or pytest may have cut a secret short, and what
follows a prefix has to look random unless the prefix says enough.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from gardener.redaction.judgement import (
    Mask,
    chunk_length,
    has_digit_and_letter,
    is_random,
    is_word,
)

LEAST = 10
"""Characters of the shortest word in which a secret is looked for."""

_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 300

# A body of these characters, at least so many; `!` = whatever the body looks like,
# `+` = where there is a digit in it.
_TABLE = """
alnum  3!  ghp_ gho_ ghu_ ghs_ ghr_
word   4!  github_pat_ pypi-AgE
word   8   glpat- gldt- glrt- glrtr- glptt- glft- glimt- glsoat- glcbt- glagent- gloas- glffct- glwt- gltok-
word   6   GR1348941
upper  4   AKIA ASIA ABIA ACCA AROA AIDA AGPA ANPA ANVA
base64 40  ABSK
base64 8   bedrock-api-key- FwoGZXIvYXdz IQoJb3JpZ2lu
word   12! AIza GOCSPX-
dotted 4   ya29.
word   20  1//0
dotted 8!  xoxa- xoxb- xoxc- xoxd- xoxe- xoxp- xoxr- xoxs- xoxe.xoxb- xoxe.xoxp-
dotted 8   xoxo- xapp-
dotted 8!  xapp-1- xapp-2-
alnum  6+  sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ ssk_live_ pk_live_ whsec_
word   12  sq0atp- sq0csp- sq0idp- EAAA
word   16  access_token$production$ access_token$sandbox$
alnum  8   FLWSECK- FLWSECK_TEST- FLWPUBK- FLWSECK_TEST
hex    16  shippo_live_ shippo_test_
word   8   sk-ant- sk-proj- sk-svcacct- sk-admin- sk-or- sk-lf- sk-
word   12  hf_ api_org_ npm_ gsk_ xai- pplx- r8_ rdme_ tvly- jina_ fc- lsv2_pt_ lsv2_sk_ nvapi- co_ sk_
word   8   dckr_pat_ dckr_oat_
hex    16  rubygems_ PMAK- xkeysib- xsmtpsib- sgp_ sgp_local_ sqp_ squ_ sqa_ key- SK cio pul- dapi
alnum  32  oy2
hex    8   dop_v1_ doo_v1_ dor_v1_ shpat_ shpca_ shppa_ shpss_ shptka_
upper  8   AGE-SECRET-KEY-1
dotted 16  dp.pt. dp.st. dp.sa. dp.ct. dp.scim. dp.audit. dt0c01. dt0s01. dt0s16. SG. v1.0- pat. sat. sl. sl.B. s.
dotted 16  hvs. hvb. hvr. dvc_
word   16  A3- tskey- tskey-auth- tskey-api- tskey-client- glsa_ CFPAT- HRKU- NRII- NRJS- NRAK- NRAA- NRSP-
base64 24  glc_ fm1_ fm2_ fm1a_ fm1r_ ops_eyJ sntrys_ sntryu_ fo1_ phc_ phx_ phs_
word   16  lin_api_ lin_oauth_ ntn_ secret_ figd_ figu_ fio-u- sbp_ sb_secret_ nfp_ nfc_ nfo_ nfu_ pnu_ pnb_
word   16  duffel_test_ duffel_live_ pscale_tkn_ pscale_pw_ pscale_oauth_ CLOJARS_ EZAK EZTK API- ico- p8e-
word   16  sm_aat_ sm_pat_ sm_sat_ tk-us- s-s4t2ud- s-s4t2af- scauth_ sc_ ext_ authress_ tfp_ lip_ apify_api_
word   16  vercel_blob_rw_ ddp_ dd_api_ rnd_ rpa_ e2b_ fw_ csk- pcsk_ uak_ cfut_ cfat_ v1.public. kaggle_ KGAT_
word   16  secret-test- secret-live- frc_ re_ bb_live_ mlsn. patc_ pat
word   16  LTAI AKID AKCp cmVmd AQVN AKLT 4b1d
alnum  24  test_ live_ sandbox_ EAAC EAAM EAAB EAAG EAAJ ATBB ATOA
word   16  ATATT3 ATCTT3 ATCTT ATSTT BBDC-
base64 30  AAAAAAAAAAAAAAAAAAAA APA91b
word   16  pypi- sonar_ codecov_ dop_ circle_ CCIPAT_ CCIPRJ_ bkua_ bkct_ hcp. ghcs_ v2. sha256~ rk_ wrap_
"""
_BODIES = {
    "alnum": "[A-Za-z0-9]",
    "word": "[A-Za-z0-9_-]",
    "dotted": "[A-Za-z0-9_.-]",
    "base64": "[A-Za-z0-9+/_-]",
    "hex": "[A-Fa-f0-9]",
    "upper": "[A-Z0-9]",
}
# Not inside a word; `\\n` and `%3D` before it are the end of an escape.
_EDGE = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"


_RUN = re.compile(r"[A-Za-z0-9]{8,}")
_WORDS_WITH_A_NUMBER = re.compile(r"(?:[a-z]+|[A-Z][a-z]+)+\d{1,4}(?:[A-Z]?[a-z]+)+")
"""`http2server`, `Base64Encoder`: not one of a hundred random texts is so plain."""


class _Format(NamedTuple):
    """What follows a prefix."""

    body: re.Pattern[str]
    is_sure: bool
    wants_digit: bool

    def fits(self, body: str) -> bool:
        """Whether what follows the prefix can be a secret."""
        if self.is_sure or (self.wants_digit and any(map(str.isdigit, body))):
            return True
        # Names have many short pieces: `test_s3_put_object_acl`, `pat-2fa-x1-login`.
        pieces = _RUN.findall(body)
        return any(is_random(piece) or _is_mixture(piece) for piece in pieces)


def _any_of(texts: Collection[str]) -> str:
    """A pattern of any of some texts, the longest that fits, as a tree of their beginnings.

    A search tries each branch at each character, and prefixes share their first letters.
    """
    rests: dict[str, list[str]] = {}
    for text in sorted(texts):
        if text:
            rests.setdefault(text[0], []).append(text[1:])
    branches = "|".join(re.escape(first) + _any_of(rests[first]) for first in rests)
    return f"(?:{branches}){'?' if '' in texts else ''}" if branches else ""


@lru_cache(maxsize=1)
def _formats() -> tuple[dict[str, _Format], re.Pattern[str]]:
    """The formats by their prefixes, and what finds a prefix."""
    formats: dict[str, _Format] = {}
    for row in _TABLE.strip().splitlines():
        body, least, *prefixes = row.split()
        is_sure = least.endswith("!") or body == "hex"
        rest = re.compile(f"{_BODIES[body]}{{{least.rstrip('!+')},}}[.A-Za-z0-9+/_-]*={{0,2}}")
        formats |= dict.fromkeys(prefixes, _Format(rest, is_sure, least.endswith("+")))
    return formats, re.compile(_EDGE + _any_of(formats))


_SHAPES = re.compile(
    rf"{_EDGE}(?:"
    # AWS, Microsoft Entra, Telegram, Discord, Terraform, MaxMind, Airtable, Mailchimp
    r"(?P<aws>(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA)(?=[A-Z]*\d)[A-Z0-9]{16}(?![A-Za-z0-9]))"
    r"|[A-Za-z0-9_~.-]{3,4}\dQ~[A-Za-z0-9_~.-]{20,}|[A-Za-z0-9_.-]{3}8Q~[A-Za-z0-9_~.-]{20,}"
    r"|\d{8,10}:AA[A-Za-z0-9_-]{24,}"
    r"|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{20,}"
    r"|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{16,}"
    r"|[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk|pat[A-Za-z0-9]{14}\.[0-9a-f]{8,}"
    r"|[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])"
    # hashes of passwords as crypt and Python's frameworks write them
    r"|(?P<hash>\$(?:2[abxy]?|[156y]|7|apr1|md5|sha1|scrypt|argon2(?:id|i|d))\$[A-Za-z0-9+/.=,$_-]{20,}"
    r"|(?:pbkdf2_sha\d+|pbkdf2:sha\d+|scrypt|bcrypt_sha256|argon2)[:$][A-Za-z0-9+/.=,:$_-]{20,})"
    # JSON web tokens, also in base64 a second time
    r"|(?P<jwt>(?:eyJ|ZXlK)[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,4}))"
)
_LEAST_OF_A_SHAPE = 20
"""Characters of the shortest shape that is no JSON web token."""
_JWT_HINT = re.compile(r"eyJ|ZXlK")
_SHAPE_HINT = re.compile(
    r"eyJ|ZXlK|AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA|Q~|:AA|atlasv1|_mmk|-us|pat|\$"
    r"|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\."
)
# A key of Azure's storage: the form of a hash, which says what it is of.
_STORAGE_KEY = re.compile(r"(?<![A-Za-z0-9+/=_.-])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9=])")
# A secret key of AWS has no prefix: forty characters of base64, which no hash is written in.
_FORTY = re.compile(r"(?<![A-Za-z0-9+/=_.-])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=_.-])")


def mask_formats(text: str, mask: Mask, harmless: set[str]) -> str:
    """The text without the secrets that are known by their form.

    `harmless` remembers words without one: nearly all text repeats itself.
    """
    for word in set(text.split()):
        if len(word) < LEAST or word in harmless:
            continue
        masked = _masked_word(word, mask)
        if masked != word:
            text = text.replace(word, masked)
        elif len(word) < _LONGEST_REMEMBERED:
            if len(harmless) >= _REMEMBERED:
                harmless.clear()
            harmless.add(word)
    return text


def _masked_word(word: str, mask: Mask) -> str:
    formats, prefix = _formats()
    if prefix.search(word):
        word = _mask_prefixed(word, formats, prefix, mask)
    hint = _SHAPE_HINT if len(word) >= _LEAST_OF_A_SHAPE else _JWT_HINT
    if hint.search(word):
        word = _SHAPES.sub(lambda match: _masked_shape(match, mask), word)
    if len(word) >= 40:
        word = _STORAGE_KEY.sub(lambda match: mask(match[0]), word)
        word = _FORTY.sub(lambda match: mask(match[0]) if _is_aws(match[0]) else match[0], word)
    return word


def _mask_prefixed(
    text: str, formats: dict[str, _Format], prefix: re.Pattern[str], mask: Mask
) -> str:
    pieces: list[str] = []
    at = 0
    for match in prefix.finditer(text):
        format_ = formats[match[0]]
        body = format_.body.match(text, match.end())
        if match.start() < at or body is None:
            continue
        if format_.fits(body[0]):
            pieces += [text[at : match.start()], mask(text[match.start() : body.end()])]
            at = body.end()
    return "".join([*pieces, text[at:]])


def _is_mixture(body: str) -> bool:
    """Whether letters and digits take turns that are no numbered word."""
    return (
        has_digit_and_letter(body)
        and not is_word(body)
        and not _WORDS_WITH_A_NUMBER.fullmatch(body)
    )


def _masked_shape(match: re.Match[str], mask: Mask) -> str:
    if match["jwt"]:
        is_secret = is_random(match[0])
    else:
        is_secret = bool(match["aws"] or match["hash"]) or chunk_length(match[0]) < 4
    return mask(match[0]) if is_secret else match[0]


def _is_aws(key: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(map(kind, key)) for kind in kinds) and chunk_length(key) < 3
