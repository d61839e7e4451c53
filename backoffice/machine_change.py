"""What another machine would change, in plain words, for the person who confirms it."""

from collections.abc import Iterator

from payments.domain.machine import Machine, State

_MOST = 100


def changes(old: Machine, new: Machine) -> list[str]:
    """List the states that come, go or change between two machines; at most so many that a page can hold."""
    added = [id for id in new.states if id not in old.states]
    removed = [id for id in old.states if id not in new.states]
    told = []
    if added:
        told.append(f"New states: {', '.join(added)}.")
    if removed:
        told.append(f"States that are gone: {', '.join(removed)}.")
    if old.initial_state != new.initial_state:
        told.append(f"Payments begin in {new.initial_state} instead of {old.initial_state}.")
    for id, state in new.states.items():
        if id in old.states:
            told += [f"{id}: {change}" for change in _changes_of(old.states[id], state)]
    for id in sorted({*old.channels, *new.channels}):
        if old.channels.get(id) != new.channels.get(id):
            told.append(f"Channel {id}: {_how(id in old.channels, id in new.channels)}.")
    if not told:
        return ["No state, way or channel differs."]
    return told if len(told) <= _MOST else [*told[:_MOST], f"And {len(told) - _MOST} more changes."]


def _changes_of(old: State, new: State) -> Iterator[str]:
    for event in sorted({*old.transitions, *new.transitions}):
        before, after = old.transitions.get(event), new.transitions.get(event)
        if before == after:
            continue
        if before is None and after is not None:
            yield f"new way {event} → {after.target}."
        elif after is None and before is not None:
            yield f"the way {event} → {before.target} is gone."
        elif before is not None and after is not None and before.target != after.target:
            yield f"{event} leads to {after.target} instead of {before.target}."
        else:
            yield f"{event} is taken in another way (its commands, attention or business event)."
    if (old.command, old.side_effects) != (new.command, new.side_effects):
        yield "asks for something else on entry."
    if old.timeout != new.timeout:
        yield f"timeout: {_timeout(new)} instead of {_timeout(old)}."
    if (old.is_final, old.business_state) != (new.is_final, new.business_state):
        yield "another business state, or final now or no longer."


def _timeout(state: State) -> str:
    return f"{state.timeout.event} after {state.timeout.seconds} s" if state.timeout else "none"


def _how(was: bool, stays: bool) -> str:
    if was and stays:
        return "goes elsewhere"
    return "new" if stays else "gone"
