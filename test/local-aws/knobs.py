"""What tests set at run time, and the log of IAM calls that they read; both per account."""
from ministack.core.responses import get_account_id

_DEFAULTS = {"inUse": None, "pendingDeletionSteps": 0, "laggingReads": 0, "roleAge": 0, "faults": {}, "hangs": False}

_of_all_accounts = {}
_of_account = {}
_calls = []


def put(values, account=None):
    """Sets some knobs, of one account or of all; what an account has of its own wins."""
    knobs = _of_account.setdefault(account, {}) if account else _of_all_accounts
    knobs.update(values)


def get(name):
    """The value of a knob for the account of the current request."""
    return {**_DEFAULTS, **_of_all_accounts, **_of_account.get(get_account_id(), {})}[name]


def take_fault(action):
    """The fault that the next answer to this IAM action shall be, if any."""
    fault = get("faults").get(action)
    if fault is None or fault.get("times") == 0:
        return None
    if "times" in fault:
        fault["times"] -= 1
    return fault


def record(action, error):
    """Appends an IAM call and its error code, or None, to the log."""
    _calls.append({"action": action, "account": get_account_id(), "error": error})


def calls(account=None):
    """The IAM calls so far, in order, of one account or of all."""
    return [call for call in _calls if account in (None, call["account"])]


def reset():
    """Back to the defaults and an empty log."""
    _of_all_accounts.clear()
    _of_account.clear()
    _calls.clear()
