"""What goes wrong between here and a provider: refusals that name it, and the end of an answer that was cut."""

from __future__ import annotations

from tokencli.domain.errors import NetworkError
from tokencli.domain.text import visible
from tokencli.proxy.refusals import Refusal

_LONGEST = 200


class ProviderFault(Refusal):
    """A provider that gave no answer; `error_type` is what the ledger keeps of it.

    `was_sent` says that the request may have reached the provider, and may be billed by it.
    """

    status = 502
    code = "provider_unreachable"
    is_final = False
    error_type = "connection"
    was_sent = False


class UnreachableError(ProviderFault):
    """No connection came about: not a byte of the request left."""

    def __init__(self, host: str, why: str) -> None:
        """Name the host and what the system said."""
        super().__init__(
            f"no connection to {host} ({_shown(why)}): nothing was sent; check base_url, the network, or the provider."
        )


class NoAnswerError(ProviderFault):
    """A connection that ended, or broke the protocol, before the answer began."""

    code = "provider_no_answer"
    error_type = "no_answer"
    was_sent = True
    is_final = True

    def __init__(self, host: str, why: str) -> None:
        """Name the host and what happened."""
        super().__init__(
            f"{host} gave no answer ({_shown(why)}): the request was sent once and is not repeated, "
            "since it may have been billed."
        )


class SilentProviderError(ProviderFault):
    """A provider that did not begin its answer in time."""

    status = 504
    code = "provider_silent"
    error_type = "timeout"
    was_sent = True
    is_final = True

    def __init__(self, host: str, wait_s: float) -> None:
        """Name the host, the deadline and the setting that moves it."""
        super().__init__(
            f"{host} did not answer within {wait_s:g} s: ask again, or raise timeout_s of this provider in config.toml."
        )


class SlowConnectError(ProviderFault):
    """A connection that did not come about in time."""

    status = 504
    code = "provider_unreachable"

    def __init__(self, host: str, wait_s: float) -> None:
        """Name the host and the deadline."""
        super().__init__(f"no connection to {host} within {wait_s:g} s: nothing was sent; check the network.")


class UnsendableRequestError(ProviderFault):
    """A request that no HTTP client may send on: a header that would be two, a URL without a host."""

    status = 400
    code = "unsendable_request"
    error_type = "unsendable"
    is_final = True

    def __init__(self, why: str) -> None:
        """Say what is wrong with it."""
        super().__init__(f"the request cannot be forwarded as it came ({_shown(why)}).")


class NoRecordError(Refusal):
    """A ledger that cannot take the call: what cannot be recorded is not sent."""

    status = 503
    code = "no_record"
    is_final = False

    def __init__(self, why: str) -> None:
        """Hand on what the ledger said."""
        super().__init__(f"the call was not sent, because it could not be recorded: {_shown(why)}")


class CutAnswerError(NetworkError):
    """An answer that ended before its end; `error_type` is what the ledger keeps of it."""

    def __init__(self, host: str, error_type: str) -> None:
        """Name the host and the manner."""
        super().__init__(f"the answer of {host} was cut off ({error_type}).")
        self.error_type = error_type


def _shown(why: str) -> str:
    return visible(why, limit=_LONGEST)
