"""The loops around the tangents: load them with a patient, move them with each accepted step, save what is asked.

Written, like `advance`, in the part of Python that `translate` turns into IR. `enter` runs when patients were loaded into
lanes, `follow` between the acceptance of a step and its commitment; the equations stand in `tangents`.
"""

# mypy: ignore-errors
# ruff: noqa: F821
from __future__ import annotations


def enter(work, tangents, ways):
    """Load the tangents of new patients, and how far each parameter moves with each tangent."""
    for l in range(LANES):
        if new[l] > 0:
            a = who[l]
            for i in range(TANGENTS * STATES):
                tangent[i * LANES + l] = tangents[a * TANGENTS * STATES + i]
            for i in range(TANGENTS * WAYS):
                way[i * LANES + l] = ways[a * TANGENTS * WAYS + i]
            begun[l] = 0
            for e in range(KINKS):
                kinks_size[e * LANES + l] = 0.0
    limits(work)
    stale[0] = 1


def follow(work, count, many, times, tangents, saved, start, stop):
    """Advance all tangents over the step that was accepted; lanes without one keep theirs.

    Each lane goes from the fraction `low` of the step by `part` of it: over the whole step, or from kink to kink.
    """
    moving = 0
    leaving = 0
    ends = 0
    for l in range(LANES):
        low[l] = 0.0
        part[l] = 1.0
        active[l] = 0.0
        cut[l] = 0
        at[l] = begun[l]
        own_inverse[l] = inverse[l]
        if accept[l] > 0.0:
            active[l] = 1.0
            moving = 1
            if crossed[l] > 0.0:
                ends = 1
            if reached[l] >= stop:
                leaving = 1
    passes = 0
    if moving > 0:
        if stale[0] > 0:
            slopes(y, entries, prepared, shared)
            stale[0] = 0
        if ends > 0:
            rates(z, before, prepared, shared, zero, z)
            rates(u, after, prepared, shared, zero, u)
    while moving > 0:
        along(work)
        # a condition that turns within the step: find where, in each lane that has one
        kinked = 0
        turns(work)
        for l in range(LANES):
            cut[l] = 0
            behind[l] = 1.0
            if turned[l] > 0.0 and passes < PASSES:
                cut[l] = 1
                kinked = 1
        if kinked > 0:
            for l in range(LANES):
                left[l] = low[l]
                right[l] = 1.0
            for _ in range(HALVINGS):
                for l in range(LANES):
                    theta[l] = 0.5 * (left[l] + right[l])
                state_inside(work)
                kinks(inner, kinks_here, prepared, shared)
                turns_here(work)
                for l in range(LANES):
                    if turned[l] > 0.0:
                        right[l] = theta[l]
                    else:
                        left[l] = theta[l]
            for l in range(LANES):
                if cut[l] > 0:
                    if right[l] >= ending[l] - NEAR:
                        cut[l] = 0
                    else:
                        behind[l] = right[l]
                        if left[l] - low[l] < NEAR:
                            cut[l] = 2
                        else:
                            part[l] = left[l] - low[l]
            along(work)
        if kinked > 0 or passes > 0:
            for l in range(LANES):
                own_inverse[l] = inverse[l] / part[l]
                own_diagonal[l] = own_inverse[l] / GAMMA
                if part[l] == 1.0:
                    own_diagonal[l] = diagonal[l]
                theta[l] = low[l]
            state_inside(work)
            linearize(inner, ahead, matrix, prepared, shared, own_diagonal, tolerance, image)
        for l in range(LANES):
            going[l] = 0.0
            if active[l] > 0.0 and cut[l] < 2:
                going[l] = 1.0
        for c in range(TANGENTS):
            chosen[0] = c
            tangent_step(work)
            # outputs inside the step, one of each lane at a time
            for l in range(LANES):
                now[l] = at[l]
            pending = 0
            if many > 0:
                pending = 1
            while pending > 0:
                pending = 0
                for l in range(LANES):
                    want[l] = 0
                    theta[l] = 1.0
                    if going[l] > 0.0 and now[l] < mark[l]:
                        due = times[now[l]]
                        place = (due - time[l]) / used[l]
                        if place > ending[l]:
                            place = ending[l]
                        if due <= start:
                            place = 0.0
                        if due >= stop:
                            place = 1.0
                        if cut[l] < 1 or place <= behind[l]:
                            want[l] = 1
                            pending = 1
                            theta[l] = (place - low[l]) / part[l]
                            if theta[l] > 1.0:
                                theta[l] = 1.0
                            if theta[l] < 0.0:
                                theta[l] = 0.0
                if pending > 0:
                    tangent_inside(work)
                    for l in range(LANES):
                        if want[l] > 0:
                            row = ((who[l] * count + now[l]) * TANGENTS + c) * many
                            for i in range(many):
                                saved[row + i] = inner[kept[i] * LANES + l]
                            now[l] += 1
            # at an extinction its moment moves with the parameter: all tangents jump
            if ends > 0:
                for l in range(LANES):
                    theta[l] = (ending[l] - low[l]) / part[l]
                tangent_at(work)
                for l in range(LANES):
                    if going[l] > 0.0 and crossed[l] > 0.0 and cut[l] < 1:
                        e = lost[l]
                        s = watched[e]
                        moved = 0.0 - inner[s * LANES + l]
                        for q in range(WAYS):
                            moved += limit[(e * WAYS + q) * LANES + l] * way[(c * WAYS + q) * LANES + l]
                        moved = moved / before[s * LANES + l]
                        for i in range(STATES):
                            x = before[i * LANES + l] - after[i * LANES + l]
                            ahead[i * LANES + l] = inner[i * LANES + l] + x * moved
                        ahead[s * LANES + l] = 0.0 - after[s * LANES + l] * moved
            tangent_commit(work)
            if leaving > 0:
                for l in range(LANES):
                    if going[l] > 0.0 and reached[l] >= stop and cut[l] < 1:
                        row = (who[l] * TANGENTS + c) * STATES
                        for i in range(STATES):
                            tangents[row + i] = tangent[(c * STATES + i) * LANES + l]
        passes += 1
        moving = 0
        for l in range(LANES):
            if going[l] > 0.0:
                at[l] = now[l]
            if active[l] > 0.0:
                if cut[l] > 0:
                    moving = 1
                    low[l] = behind[l]
                else:
                    active[l] = 0.0
            part[l] = 1.0 - low[l]
            theta[l] = low[l]
        if moving > 0:
            state_inside(work)
            slopes(inner, entries, prepared, shared)
            stale[0] = 1
    if stale[0] < 1:
        entries_commit(work)
    if ends > 0:
        stale[0] = 1
    for l in range(LANES):
        if accept[l] > 0.0:
            begun[l] = mark[l]
