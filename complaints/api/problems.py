"""Every error below /api/v1 as RFC 9457 says it: `application/problem+json`, in the caller's language."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, g, request
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from complaints import logs
from complaints.errors import ComplaintsError
from complaints.messages import message

log = logging.getLogger(__name__)
PREFIX = "/api/v1"
MEDIA_TYPE = "application/problem+json"
Fields = Mapping[str, Sequence[str]]

# code -> (status, English, Chinese)
CODES: dict[str, tuple[int, str, str]] = {
    "bad_request": (400, "The request cannot be read", "无法读取这个请求"),
    "not_authenticated": (401, "A token in force is needed", "需要有效的令牌"),
    "wrong_login": (401, "Log-in or password is wrong", "登录名或密码不正确"),
    "not_for_role": (403, "This is never for your role", "你的角色不能做这件事"),
    "factor_needed": (403, "Set up your second factor on the pages first", "请先在网页上开启两步验证"),
    "not_found": (404, "There is no such thing, or it is not yours to know", "没有这个内容，或你无权知道"),
    "method_not_allowed": (405, "This address does not take this method", "这个地址不接受这种方法"),
    "not_allowed": (409, "Not in this state of the case, or not for you now", "案件目前的状态不允许，或现在不由你来做"),
    "not_now": (409, "The condition is not met, or it has been used up", "条件不满足，或次数已用完"),
    "no_address": (409, "There is no mail address to which it could go", "没有可以寄送的邮箱"),
    "stale_version": (412, "Somebody else changed the case first", "别人先改动了这个案件"),
    "too_large": (413, "That is too much at once", "一次发送的内容太多"),
    "wrong_content_type": (415, "The content must be of the type that is documented", "内容类型须与文档一致"),
    "bad_input": (422, "Something in the request cannot be used", "请求中有无法使用的内容"),
    "key_reused": (422, "This key was used before for another request", "这个键已用于另一个请求"),
    "version_required": (428, "If-Match with the version that you saw is needed", "需要 If-Match，写明你看到的版本"),
    "too_many_requests": (429, "Too many requests; wait a little", "请求太多，请稍候"),
    "failed": (500, "Something went wrong on our side; nothing was changed", "我们这边出了错，没有任何改动"),
    "busy": (503, "The service is busy; nothing was changed", "服务繁忙，没有任何改动"),
}
STATUSES = {status: code for code, (status, _, _) in reversed(CODES.items())}  # the first code of each status
KEPT = ("allow", "retry-after")
LONGEST_NAME, LONGEST_DETAIL = 100, 2000


class Problem(Exception):
    """A request that is refused. `fields` are message keys by field, header or parameter.

    Where a case stands is told as `current`, where a pledge, signal, measure or objection stands as `course`.
    """

    def __init__(
        self, code: str, fields: Fields | None = None, current: Mapping[str, Any] | None = None,
        course: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.code, self.fields = code, fields or {}
        told = {"current": current, "course": course}
        self.standing = {name: dict(value) for name, value in told.items() if value is not None}


def here() -> bool:
    """Whether this request is for the API, so that a program reads the answer."""
    return request.path == PREFIX or request.path.startswith(PREFIX + "/")


def language() -> str:
    """Chinese where the caller prefers it, else English."""
    asked = (value.partition("-")[0].lower() for value in request.accept_languages.values())
    return next((name for name in asked if name in ("zh", "en")), "en")


def answer(error: Exception) -> Response:
    """The answer to whatever went wrong."""
    if isinstance(error, Problem):
        return refuse(error.code, error.fields, standing=error.standing)
    if isinstance(error, ComplaintsError):
        return _ours(error)
    if isinstance(error, OperationalError):
        log.error("database-away error=%s", logs.brief(error))
        return refuse("busy")
    if isinstance(error, DataError):  # something held what no database takes
        return refuse("bad_request")
    return _http(error) if isinstance(error, HTTPException) else refuse("failed")


def refuse(
    code: str, fields: Fields | None = None, standing: Mapping[str, Any] | None = None, status: int | None = None
) -> Response:
    """A problem document. Keys of messages stay the same for ever; the words beside them are for people."""
    usual, english, chinese = CODES[code]
    locale = language()
    errors = list(_errors(fields or {}, locale))
    document: dict[str, Any] = {
        "type": f"{PREFIX}/docs#{code}",
        "title": chinese if locale == "zh" else english,
        "status": status or usual,
        "detail": "; ".join(f"{each['field']}: {each['message']}" for each in errors)[:LONGEST_DETAIL] or None,
        "instance": request.path,
        "code": code,
        "request_id": g.get("request_id"),
        "errors": errors,
    }
    document |= standing or {}
    response = Response(
        json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"),
        status=document["status"],
        content_type=MEDIA_TYPE,
    )
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="complaints"'
    return response


def _errors(fields: Fields, locale: str) -> Iterator[dict[str, str]]:
    for name, keys in fields.items():
        for key in keys:
            yield {
                "field": "" if name == "_schema" else name[:LONGEST_NAME],  # an unknown one may be of any length
                "code": key.partition(":")[0],
                "message": message(locale, key),
            }


def _ours(error: ComplaintsError) -> Response:
    if error.code in CODES:
        return refuse(error.code, error.fields)
    log.error("api-failed code=%s fields=%s", error.code, ",".join(error.fields))
    return refuse("failed")


def _http(error: HTTPException) -> Response:
    """What Flask itself refuses, with the headers that belong to it (405 names the methods)."""
    if error.response is not None and error.code is None:
        return refuse("failed")
    status = error.code or 500
    code = STATUSES.get(status, "failed" if status >= 500 else "bad_request")
    response = refuse(code, status=status)
    for name, value in error.get_headers():
        if name.lower() in KEPT:
            response.headers[name] = value
    return response
