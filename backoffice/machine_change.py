"""What another machine would change, in plain words, for the person who confirms it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from payments.domain.machine import Machine, State

_MOST = 100


def changes(old: Machine, new: Machine) -> list[str]:
    """List the states that come, go or change between two machines; at most so many that a page can hold."""
    added = [id for id in new.states if id not in old.states]
    removed = [id for id in old.states if id not in new.states]
    told = []
    if added:
        told.append(_("New states: %(names)s.") % {"names": ", ".join(added)})
    if removed:
        told.append(_("States that are gone: %(names)s.") % {"names": ", ".join(removed)})
    if old.initial_state != new.initial_state:
        told.append(
            _("Payments begin in %(new)s instead of %(old)s.") % {"new": new.initial_state, "old": old.initial_state}
        )
    for id, state in new.states.items():
        if id in old.states:
            told += [f"{id}: {change}" for change in _changes_of(old.states[id], state)]
    for id in sorted({*old.channels, *new.channels}):
        if old.channels.get(id) != new.channels.get(id):
            told.append(_("Channel %(id)s: %(how)s.") % {"id": id, "how": _how(id in old.channels, id in new.channels)})
    if not told:
        return [_("No state, way or channel differs.")]
    return (
        told if len(told) <= _MOST else [*told[:_MOST], _("And %(rest)s more changes.") % {"rest": len(told) - _MOST}]
    )


def _changes_of(old: State, new: State) -> Iterator[str]:
    for event in sorted({*old.transitions, *new.transitions}):
        before, after = old.transitions.get(event), new.transitions.get(event)
        if before == after:
            continue
        if before is None and after is not None:
            yield _("new way %(event)s → %(target)s.") % {"event": event, "target": after.target}
        elif after is None and before is not None:
            yield _("the way %(event)s → %(target)s is gone.") % {"event": event, "target": before.target}
        elif before is not None and after is not None and before.target != after.target:
            yield _("%(event)s leads to %(new)s instead of %(old)s.") % {
                "event": event,
                "new": after.target,
                "old": before.target,
            }
        else:
            yield _("%(event)s is taken in another way (its commands, attention or business event).") % {"event": event}
    if (old.command, old.side_effects) != (new.command, new.side_effects):
        yield _("asks for something else on entry.")
    if old.timeout != new.timeout:
        yield _("timeout: %(new)s instead of %(old)s.") % {"new": _timeout(new), "old": _timeout(old)}
    if (old.is_final, old.business_state) != (new.is_final, new.business_state):
        yield _("another business state, or final now or no longer.")


def _timeout(state: State) -> str:
    return (
        _("%(event)s after %(seconds)s s") % {"event": state.timeout.event, "seconds": state.timeout.seconds}
        if state.timeout
        else _("none")
    )


def _how(was: bool, stays: bool) -> str:
    if was and stays:
        return _("goes elsewhere")
    return _("new") if stays else _("gone")
