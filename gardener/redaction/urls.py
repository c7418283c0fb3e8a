"""Credentials in URLs of any scheme, and URLs that are a credential."""

from __future__ import annotations

import re

from gardener.redaction.judgement import Mask, is_random, without_secret

# The password of `user:password@`. A slash may stand in it, but not behind what can be a port.
_PASSWORD = re.compile(
    r"(?P<before>:(?://|\\/\\/)[^\s/@:\"'<>]{0,256}:)(?!\d{1,5}(?:[/?#]|\Z))"
    r"(?P<secret>[^\s/\"'<>]{1,1024}(?=@)|[^\s@\"'<>]{1,1024}(?=@[\w.-]*\w))"
)
_MAIL_AS_USER = re.compile(
    r"(?P<before>://[^\s/@:\"'<>]{1,256}@[^\s/@:\"'<>]{1,256}:)(?P<secret>[^\s/@:\"'<>]{1,1024})(?=@)"
)
_CUT = re.compile(
    r"(?P<before>://[^\s/@:\"'<>]{1,256}:)(?!\d{1,5}\Z)(?!\d{1,5}[/?#\"'.…])"
    r"(?P<secret>[^\s/@:\"'<>]{1,1024}?)(?=\Z|\.\.\.|…)"
)
_USER = re.compile(r"(?P<before>:(?://|\\/\\/))(?P<secret>[^\s/@:\"'<>]{16,1024})(?=@)")
_KEY = re.compile(
    r"(?P<before>[?&](?:key|code|appid|hapikey|wskey|subscription-key)=)(?P<secret>[A-Za-z0-9_-]{20,})"
)
_ORACLE = re.compile(
    r"(?P<before>\boracle:[\w:]{1,16}:[\w$#]{1,64}/)(?P<secret>[^\s@/]{1,256})(?=@)", re.IGNORECASE
)
_HOOKS = re.compile(
    r"(?P<before>hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/"
    r"|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{1,24}/"
    r"|api\.telegram\.org/(?:file/)?bot(?=\d)"
    r"|webhook\.office\.com/webhookb2/[^\s/]{1,120}/IncomingWebhook/"
    r"|hooks\.zapier\.com/hooks/catch/|maker\.ifttt\.com/[^\s]{1,80}/key/|hook\.[\w.]{0,12}make\.com/"
    r"|hooks\.chime\.aws/incomingwebhooks/[^\s?]{1,64}\?token=|events\.pagerduty\.com/integration/"
    r"|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/|/hooks/(?=[a-z0-9]{26}\b)"
    r"|oapi\.dingtalk\.com/robot/send\?access_token=|qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key="
    r"|outlook\.office\.com/webhook/|hc-ping\.com/|logic\.azure\.com[^\s]{0,200}[?&]sig=)"
    r"(?P<secret>[^\s\"'<>?&/](?:[^\s\"'<>?&]{0,300}[^\s\"'<>?&/.,;:)\]])?)"
)
_HOOK_HINT = re.compile(r"hook|telegram|pagerduty|dingtalk|weixin|hc-ping|ifttt|azure")


def mask_urls(text: str, mask: Mask) -> str:
    """The text without the passwords, tokens and secret paths of its URLs."""

    def masked(match: re.Match[str]) -> str:
        return without_secret(match, mask)

    def masked_user(match: re.Match[str]) -> str:
        return match["before"] + mask(match["secret"]) if is_random(match["secret"]) else match[0]

    if "//" in text or "\\/\\/" in text:
        if "@" in text:
            text = _USER.sub(masked_user, _PASSWORD.sub(masked, text))
            text = _MAIL_AS_USER.sub(masked, text)
        text = _CUT.sub(masked, text)
    if "key=" in text or "code=" in text or "appid=" in text:
        text = _KEY.sub(masked_user, text)
    if "oracle:" in text:
        text = _ORACLE.sub(masked, text)
    if "/" in text and _HOOK_HINT.search(text):
        text = _HOOKS.sub(masked, text)
    return text
