"""Settings of the emulator, which tests change at run time, and the log of IAM calls. Both are kept per account."""
from ministack.core.responses import get_account_id

_DEFAULTS = {"inUse": None, "pendingDeletions": False, "roleAge": 0, "faults": {}, "hangs": False}

_settings = {}
_calls = {}


def put(account, values):
    """Changes some settings of an account."""
    _settings.setdefault(account, {**_DEFAULTS}).update(values)


def get(name):
    """The value of a setting in the account of the current request."""
    return _settings.get(get_account_id(), _DEFAULTS)[name]


def take_fault(action):
    """The fault to respond with to this call of an IAM action, or None."""
    fault = get("faults").get(action)
    if fault is None:
        return None
    for counter in ("after", "times"):
        if fault.get(counter):
            fault[counter] -= 1
            return None if counter == "after" else fault
    return None if "times" in fault else fault


def record(action, error):
    """Logs an IAM call with its error code, or None."""
    _calls.setdefault(get_account_id(), []).append({"action": action, "error": error})


def calls(account):
    """The IAM calls of an account, in order."""
    return _calls.get(account, [])
