"""Tables, by subject."""

from complaints.models.account import Account, ApiToken, Conflict
from complaints.models.calendar import CalendarDay, CalendarYear
from complaints.models.complaint import (
    AccessLog,
    ClockInstance,
    Complaint,
    Event,
    Evidence,
    IdempotencyKey,
    LinkAsk,
    LinkToken,
    PrivateItem,
    Task,
)
from complaints.models.course import CourseEvent, Errand
from complaints.models.desk import Presence, Surge
from complaints.models.document import Document, JointGroup, JointMember
from complaints.models.draft import Draft, DraftFile
from complaints.models.enterprise import Enterprise, EnterpriseName
from complaints.models.entry import (
    AccountEvent,
    AccountFactor,
    AccountSession,
    FactorPolicy,
    FailedTry,
    FormerAddress,
    Invitation,
    KnownNetwork,
    PasswordReset,
    RecoveryCode,
)
from complaints.models.figures import EnterpriseFigures, FiguresCounted
from complaints.models.mark import MarkBatch, MarkKey, MarkScan
from complaints.models.measure import Designation, Measure, TrackingReport
from complaints.models.notice import Notice
from complaints.models.oversight import AdminAction, EnterpriseMerge, Figure, Recalculation
from complaints.models.pledge import Campaign, Certificate, Pledge, PledgeChange, PledgeProof, PledgeVersion
from complaints.models.portal import (
    ActionDraft,
    AlikeReply,
    Assignment,
    ReplyTemplate,
    SavedView,
    SearchDue,
    SearchText,
)
from complaints.models.record import (
    Objection,
    OpenDataEdition,
    OpenDataRow,
    PublishedNarrative,
    RecordExclusion,
    RecordLine,
    RecordMonth,
)
from complaints.models.signal import QualitySignal, SignalsLooked
from complaints.models.webhook import LogReader, Webhook, WebhookDelivery
from complaints.models.world import ImportFile, ImportRow, Uptime, World

__all__ = [
    "AccessLog",
    "Account",
    "AccountEvent",
    "AccountFactor",
    "AccountSession",
    "ActionDraft",
    "AdminAction",
    "AlikeReply",
    "ApiToken",
    "Assignment",
    "CalendarDay",
    "CalendarYear",
    "Campaign",
    "Certificate",
    "ClockInstance",
    "Complaint",
    "Conflict",
    "CourseEvent",
    "Designation",
    "Document",
    "Draft",
    "DraftFile",
    "Enterprise",
    "EnterpriseFigures",
    "EnterpriseMerge",
    "EnterpriseName",
    "Errand",
    "Event",
    "Evidence",
    "FactorPolicy",
    "FailedTry",
    "Figure",
    "FiguresCounted",
    "FormerAddress",
    "IdempotencyKey",
    "ImportFile",
    "ImportRow",
    "Invitation",
    "JointGroup",
    "JointMember",
    "KnownNetwork",
    "LinkAsk",
    "LinkToken",
    "LogReader",
    "MarkBatch",
    "MarkKey",
    "MarkScan",
    "Measure",
    "Notice",
    "Objection",
    "OpenDataEdition",
    "OpenDataRow",
    "PasswordReset",
    "Pledge",
    "PledgeChange",
    "PledgeProof",
    "PledgeVersion",
    "Presence",
    "PrivateItem",
    "PublishedNarrative",
    "QualitySignal",
    "Recalculation",
    "RecordExclusion",
    "RecordLine",
    "RecordMonth",
    "RecoveryCode",
    "ReplyTemplate",
    "SavedView",
    "SearchDue",
    "SearchText",
    "SignalsLooked",
    "Surge",
    "Task",
    "TrackingReport",
    "Uptime",
    "Webhook",
    "WebhookDelivery",
    "World",
]
