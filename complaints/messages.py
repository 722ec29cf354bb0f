"""What is wrong with an input, in Chinese and English.

Schemas raise short keys that stay the same for ever ("required", "too_long:200"): programs compare them, pages and
the importer turn them into words here. What follows the colon is put in where the text says {0}.
"""

from collections.abc import Mapping, Sequence

_TEXTS: dict[str, tuple[str, str]] = {  # key -> (English, Chinese)
    "required": ("must be given", "必须填写"),
    "unknown_field": ("is not a field of this form", "没有这个字段"),
    "not_an_object": ("must be an object with named fields", "必须是带字段名的对象"),
    "not_text": ("must be text", "必须是文字"),
    "too_long": ("is longer than {0} characters", "超过 {0} 个字符"),
    "control_characters": ("contains control characters", "含有控制字符"),
    "not_a_date": ("is not a date (write 2026-11-22)", "不是有效日期（请写成 2026-11-22）"),
    "not_a_time": ("is not a time of day (write 14:30)", "不是有效时间（请写成 14:30）"),
    "more_than": ("are more than {0}", "超过 {0} 个"),
    "does_not_stand": ("is not somebody who stands", "不是愿意担任代表人的人"),
    "in_a_group": ("cannot be: this complaint is in a group already", "不能选择：本案已经在共同投诉中"),
    "group_full": ("is in a group that is full ({0} members)", "所在的共同投诉已满（{0} 件）"),
    "in_the_future": ("is after today", "晚于今天"),
    "in_the_past": ("is before today", "早于今天"),
    "too_early": ("is before {0}", "早于 {0}"),
    "too_late": ("is after {0}", "晚于 {0}"),
    "not_an_amount": ("is not an amount (write 1299.00)", "不是有效金额（请写成 1299.00）"),
    "negative": ("must not be negative", "不能为负数"),
    "too_precise": ("has more than {0} decimal places", "小数超过 {0} 位"),
    "too_large": ("is more than {0}", "超过 {0}"),
    "not_yes_or_no": ("must be yes or no", "只能填是或否"),
    "must_be_yes": ("must be confirmed", "必须确认"),
    "not_a_number": ("is not a whole number", "不是整数"),
    "out_of_range": ("must be from {0}", "必须在 {0} 之间"),
    "not_a_phone": ("is not a telephone number", "不是有效电话号码"),
    "not_an_email": ("is not an e-mail address", "不是有效电子邮箱"),
    "email_or_phone": ("must be given, or a telephone number", "必须填写，或者填写电话号码"),
    "not_one_of": ("must be one of: {0}", "只能是：{0}"),
    "not_a_list": ("must be a list", "必须是列表"),
    "empty_list": ("needs at least one entry", "至少选择一项"),
    "officers_only": ("may be set by officers of the centre only", "只能由中心工作人员填写"),
    "nothing_given": ("nothing was given", "没有填写任何内容"),
    "contradicts": ("contradicts {0}", "与 {0} 矛盾"),
    "too_short": ("is shorter than {0} characters", "少于 {0} 个字符"),
    "too_common": ("is one of those that are tried first; choose another", "过于常见，容易被猜中，请换一个"),
    "is_the_login": ("must not be the log-in or the name", "不能与登录名或姓名相同"),
    "wrong_password": ("is wrong", "不正确"),
    "wrong_code": ("is wrong, or has been used", "不正确，或已用过"),
    "not_the_same": ("is not the same as above", "与上面填写的不一致"),
    "out_of_days": ("must lie within {0} days", "必须在 {0} 天之内"),
    "objected_already": ("is objected to already", "已经提出过异议"),
    "unknown_case": ("is not the number of a case that this line counts", "不是这一行统计的案件编号"),
    "nothing_changes": ("would change nothing", "不会带来任何变化"),
    "unknown_enterprise": ("is not an enterprise of the registry", "登记中没有这家企业"),
    "not_a_mediator": ("does not mediate", "不是调解员"),
    "conflict": ("must step aside here", "在此案中须回避"),
    "not_an_open_case": ("is not another open case", "不是另一件未办结的案件"),
    "another_enterprise": ("is about another enterprise", "涉及另一家企业"),
    "stale": ("was changed meanwhile", "其间已有变动"),
    "key_reused": ("was used before for another request", "已用于另一个请求"),
    "stands_alone": ("{0} cannot be held together with another", "{0} 不能与其他角色同时担任"),
    "stands_beside": ("is only held together with {0}", "只能与 {0} 一起担任"),
    "not_a_choice": ("is not one of the choices", "不在可选范围内"),
    "too_many_views": (
        "{0} views are kept already; delete one of them first",
        "已保存 {0} 个视图，请先删除其中一个",
    ),
    "removed_this_year": ("was removed this year already", "本年度已被取消"),
    "no_pledge": ("has no pledge in force", "没有有效的质量承诺"),
    "taken": ("is taken", "已被使用"),
    "same_enterprise": ("is the same enterprise", "是同一家企业"),
    "two_pledges": (
        "has an open pledge of the same campaign; one of them is withdrawn first",
        "在同一活动中也有未结束的承诺，请先撤回其中一个",
    ),
    "open_objection": (
        "cannot be merged while objection {0} to the record is undecided, late or not: a supervisor decides it first",
        "暂不能合并：对投诉记录的第 {0} 号异议尚未决定（逾期未决的也算），请主管先作出决定",
    ),
    "last_administrator": ("the last administrator stays one", "最后一名管理员必须保留"),
    "last_to_lead": ("nobody else would be left to lead", "不能停用最后一名负责人"),
    "no_such_case": ("there is no such case", "没有这件案件"),
    "decided_by_recusal": ("a recusal was decided in this case, and stays", "该案已决定回避，不能取消"),
    "not_a_public_key": ("is not a public key (Ed25519, PEM)", "不是公钥（Ed25519，PEM 格式）"),
    "not_a_signature": ("is not a signature", "不是签名"),
    "pledged_already": ("has an open pledge of this enterprise already", "已有该企业未结束的承诺"),
    "consent_in_advance": (
        "must be given: without consent to mediation a pledge gives a consumer nothing to rely on",
        "必须同意：没有事先同意调解，承诺就没有给消费者任何保障",
    ),
    "campaign_announced": (
        "pledges of this campaign are announced already, so that it is not changed any more",
        "本次活动已有承诺公告，不能再修改",
    ),
    "form_sent_before": (
        "this form was sent before with something else; look at the page again",
        "该表单已用其他内容提交过，请重新查看页面",
    ),
    "not_utf_8": ("is not UTF-8", "不是 UTF-8 编码"),
    "too_big_for_a_calendar": ("is larger than any calendar", "文件过大"),
    "not_csv": ("cannot be read as CSV; look at its quotation marks", "无法按 CSV 读取，请检查引号"),
    "not_toml": ("cannot be read as TOML", "无法按 TOML 读取"),
    "not_day_tables": ("must be [[day]] tables", "必须写成 [[day]] 表"),
    "wrong_header": ("the header must be {0}", "表头必须是 {0}"),
    "not_so_many_columns": ("must have {0} columns", "必须有 {0} 列"),
    "not_a_column": ("is not a column of a calendar", "日历中没有这一列"),
    "listed_twice": ("{0} is listed twice", "{0} 重复出现"),
    "not_a_weekend_day": (
        "{0} is not on a weekend: only a weekend day can be made a working day",
        "{0} 不是周末：只有周末可以改为工作日",
    ),
    "no_days": ("holds no days", "没有任何日期"),
    "no_statutory_day": (
        "has no statutory day; a file replaces the whole year, so give all its days",
        "没有法定节假日；文件会替换全年的日历，请列出全年的日期",
    ),
    "said_by_pledges": (
        "what its pledges say is changed on their pages, not here",
        "该企业的状态由其承诺决定，请在承诺页面办理，不能在此修改",
    ),
    "not_json": ("is not JSON in UTF-8", "不是 UTF-8 编码的 JSON"),
    "not_a_key": ("must be 1 to 200 visible ASCII characters", "必须是 1 到 200 个可见的 ASCII 字符"),
    "not_a_version": ('is not the ETag of a case (write "3", with its quotes)', '不是案件的 ETag（应写成 "3"）'),
    "given_twice": ("was given more than once", "重复给出"),
    "not_for_role": ("is not for your role", "不适用于你的角色"),
    "not_a_cursor": ("is not a cursor of this list", "不是这个列表的翻页标记"),
    "not_an_instant": (
        "is not an instant with its offset (write 2026-07-06T10:00:00+08:00)",
        "不是带时区的时间（请写成 2026-07-06T10:00:00+08:00）",
    ),
    "not_an_address": ("is not a whole address that begins with https://", "不是以 https:// 开头的完整网址"),
    "private_address": ("leads into a private network", "指向内部网络"),
    "too_many": ("there are {0} already", "已有 {0} 个，不能再增加"),
    "no_file": ("choose a file", "请选择文件"),
    "empty_file": ("is empty", "文件是空的"),
    "file_too_big": ("is larger than {0} MB", "超过 {0} MB"),
    "together_too_big": (
        "are together larger than {0} MB; send some of them by themselves",
        "合计超过 {0} MB，请分几次提交",
    ),
    "not_whole": ("has not arrived whole; choose it again", "没有完整上传，请重新选择该文件"),
    "wrong_kind_of_file": (
        "is not of a kind that we take: JPEG, PNG, WebP, HEIC, PDF, MP4, MOV or plain text",
        "不是可接受的类型：JPEG、PNG、WebP、HEIC、PDF、MP4、MOV 或纯文本",
    ),
    "wrong_check_digit": (
        "is no credit code: its check digit is wrong, so one of its 18 places is mistyped",
        "不是有效的统一社会信用代码：校验位不符，18 位中有一位写错",
    ),
    "own_factor": (
        "your own is switched off on your account page, with password and code",
        "请在您自己的账户页面用密码和验证码关闭",
    ),
    "no_room": (
        "cannot be kept just now: the service is short of room; everything else works, try the file again later",
        "暂时无法保存：系统存储空间不足，其他功能不受影响，请稍后再上传",
    ),
    "too_many_files": (
        "your side has added {0} files, and more are not taken",
        "您方已提交 {0} 个文件，不能再增加",
    ),
}


def message(locale: str, key: str) -> str:
    """The words for a message key; a key that is not known is its own words."""
    name, _, detail = key.partition(":")
    texts = _TEXTS.get(name)
    return texts[locale.startswith("zh")].format(detail) if texts else key


def sentence(locale: str, fields: Mapping[str, Sequence[str]]) -> str:
    """All that is wrong in one line: "phone: is not a telephone number; amount: must not be negative"."""
    separator, colon = ("；", "：") if locale.startswith("zh") else ("; ", ": ")
    parts = ((name, message(locale, key)) for name, keys in fields.items() for key in keys)
    return separator.join(text if name == "_schema" else f"{name}{colon}{text}" for name, text in parts)
