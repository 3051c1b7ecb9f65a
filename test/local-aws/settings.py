"""Settings of the emulator, which tests change at run time, and the log of IAM calls. Both are kept per account."""
from ministack.core.responses import get_account_id

_DEFAULTS = {"inUse": None, "pendingDeletionSteps": 0, "roleAge": 0, "faults": {}, "hangs": False}

_of_all_accounts = {}
_of_account = {}
_calls = []


def put(values, account=None):
    """Changes some settings, for one account or for all accounts. The settings of an account take precedence."""
    settings = _of_account.setdefault(account, {}) if account else _of_all_accounts
    settings.update(values)


def get(name):
    """The value of a setting in the account of the current request."""
    return {**_DEFAULTS, **_of_all_accounts, **_of_account.get(get_account_id(), {})}[name]


def take_fault(action):
    """The fault to respond with to this call of an IAM action, or None."""
    fault = get("faults").get(action)
    if fault is None or fault.get("times") == 0:
        return None
    if "times" in fault:
        fault["times"] -= 1
    return fault


def record(action, error):
    """Logs an IAM call with its error code, or None."""
    _calls.append({"action": action, "account": get_account_id(), "error": error})


def calls(account=None):
    """The IAM calls in order, of one account or of all accounts."""
    return [call for call in _calls if account in (None, call["account"])]


def reset():
    """Restores the defaults and empties the log."""
    _of_all_accounts.clear()
    _of_account.clear()
    _calls.clear()
