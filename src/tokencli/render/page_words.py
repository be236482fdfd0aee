"""Numbers, times and names as a page shows them; money stays Decimal up to the last character."""

from __future__ import annotations

import html
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING

from tokencli.domain.money import plain
from tokencli.domain.period import CUSTOM, WEEKDAYS, Grain, zone_of
from tokencli.domain.text import visible
from tokencli.render.page_html import Html, element

if TYPE_CHECKING:
    from tokencli.domain.period import Period
    from tokencli.domain.report import Totals

UNKNOWN = "(unknown)"
DASH = "\N{EN DASH}"
_STEPS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_CENT_PLACES = 2
_INSTANT = timedelta(microseconds=1)
_PRECISION = 60


def name_of(text: str | None) -> str:
    """Return a name from outside as one visible line; None is said in words."""
    return UNKNOWN if text is None else visible(text) if text else "(empty)"


def chart_label(text: str) -> str:
    """Return text for a Plotly label, which reads `<b>` and `<a href>`: all visible, `<>&` as entities."""
    return html.escape(visible(text), quote=False)


def counted(number: int, noun: str, many: str | None = None) -> str:
    """Return "1 call", "2,000 calls"."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def short_count(number: int | None) -> str:
    """Return a count in at most four characters and a unit: 950, 12.3k, 4.56M; a dash for None."""
    if number is None:
        return DASH
    for step, unit in _STEPS:
        if number >= step:
            scaled = Decimal(number) / step
            places = 2 if scaled < 10 else 1 if scaled < 100 else 0  # noqa: PLR2004 - digits before the point
            return f"{scaled.quantize(Decimal(1).scaleb(-places), rounding=ROUND_FLOOR):f}{unit}"
    return str(number)


def share(part: int | Decimal, whole: int | Decimal) -> str:
    """Return part / whole in percent with one decimal; a dash when the whole is 0."""
    if not whole:
        return DASH
    percent = Decimal(part) * 100 / Decimal(whole)
    if 0 < percent < Decimal("0.1"):
        return "< 0.1 %"
    return f"{percent:.1f} %"


def exact_money(amount: Decimal) -> str:
    """Return every digit of an amount: "$0.0105", "-$3.00"; at least two decimals."""
    text = plain(abs(amount))
    whole, _, fraction = text.partition(".")
    sign = "-" if amount < 0 else ""
    return f"{sign}${int(whole):,}.{fraction.ljust(_CENT_PLACES, '0')}"


def short_money(amount: Decimal, *, is_lower_bound: bool = False) -> str:
    """Return an amount to the cent, or to three significant digits below ten cents; a lower bound is rounded down."""
    rounding = ROUND_FLOOR if is_lower_bound else ROUND_HALF_EVEN
    places = _CENT_PLACES if amount == 0 or abs(amount) >= Decimal("0.1") else 2 - amount.adjusted()
    with localcontext(prec=_PRECISION):
        rounded = amount.quantize(Decimal(1).scaleb(-places), rounding=rounding)
    return ("≥ " if is_lower_bound else "") + exact_money(rounded)


def cost_words(totals: Totals) -> str:
    """Return the list cost for a chart's hover: exact, a lower bound marked, a missing price said."""
    if totals.list_cost is None:
        return "unpriced"
    return ("≥ " if totals.is_lower_bound else "") + exact_money(totals.list_cost)


def money_html(amount: Decimal | None, *, is_lower_bound: bool = False, sign: bool = False) -> Html:
    """Return an amount with every digit, the digits below the cent set apart; the exact string is its `value`."""
    if amount is None:
        return element("span", DASH, class_="none")
    text = ("+" if sign and amount > 0 else "") + exact_money(amount)
    cut = text.index(".") + 1 + _CENT_PLACES
    fine = element("span", text[cut:], class_="fine")
    return element("data", "≥ " if is_lower_bound else None, text[:cut], fine, value=plain(amount))


def bucket_name(label: str, grain: str) -> str:
    """Return a bucket's label for a sentence or a hover: "Fri 20 Nov 2026", "Fri 20 Nov 2026, 14:00 +01:00"."""
    try:
        if grain == Grain.HOUR:
            moment = datetime.fromisoformat(label)
            return f"{_day(moment)}, {moment:%H:%M} {moment.isoformat()[-6:]}"
        if grain == Grain.DAY:
            return _day(date.fromisoformat(label))
        if grain == Grain.MONTH:
            return f"{date.fromisoformat(label + '-01'):%B %Y}"
    except ValueError:
        return visible(label)
    return f"week {visible(label)}" if "W" in label else f"week from {visible(label)}"


def bucket_tick(label: str, grain: str) -> str:
    """Return a bucket's label for an axis: "20 Nov", "14:00", "W47", "Nov 2026"."""
    try:
        if grain == Grain.HOUR:
            moment = datetime.fromisoformat(label)
            return f"{moment:%H:%M}"
        if grain == Grain.MONTH:
            return f"{date.fromisoformat(label + '-01'):%b %Y}"
        if "W" in label:
            return label.partition("-")[2]
        day = date.fromisoformat(label)
    except ValueError:
        return visible(label)
    return f"{day.day} {day:%b}"


def moment_html(moment: datetime, zone: str) -> Html:
    """Return an aware time in a zone: "Fri 20 Nov 2026, 14:00 (UTC+01:00)"."""
    local = moment.astimezone(zone_of(zone))
    offset = local.isoformat()[-6:]
    return element("time", f"{_day(local)}, {local:%H:%M} (UTC{offset})", datetime=local.isoformat())


def days_between(first: date, last: date) -> str:
    """Return a stretch of days, both included: "20 Nov 2026", "1 to 28 Nov 2026", "30 Nov to 6 Dec 2026"."""
    if first == last:
        return _short_day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {_short_day(last)}"
    start = f"{first.day} {first:%b}" if first.year == last.year else _short_day(first)
    return f"{start} to {_short_day(last)}"


def days_of(period: Period) -> str:
    """Return the local days a period touches."""
    zone = zone_of(period.zone)
    last = (period.end - _INSTANT).astimezone(zone).date()
    return days_between(period.start.astimezone(zone).date(), last)


def period_name(period: Period) -> str:
    """Return a period's name as a heading: "Last month", "2026-11"; "Period" for a stretch without a name."""
    if period.name == CUSTOM:
        return "Period"
    words = visible(period.name).replace("-", " ") if period.name[:1].isalpha() else visible(period.name)
    return words[:1].upper() + words[1:]


def _short_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {day:%b %Y}"
