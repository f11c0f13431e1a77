"""The stepping loop: loads patients into lanes, chooses steps, accepts or rejects, saves outputs, finds extinctions.

`begin` and `advance` are written in the part of Python that `translate` turns into IR (numbers and flat arrays, no
objects); names in capitals are constants of the model and arrays that are not arguments are regions of the work array.
"""

# mypy: ignore-errors
# ruff: noqa: F821, SIM102, SIM201
from __future__ import annotations


def begin(work, n, params, state, step, status, floor):
    """Choose the first steps of n patients, as many at a time as there are lanes."""
    at = 0
    while at < n:
        for l in range(LANES):
            a = at + l
            if a >= n:
                a = n - 1
            for i in range(PARAMETERS):
                parameters[i * LANES + l] = params[a * PARAMETERS + i]
            for i in range(STATES):
                y[i * LANES + l] = state[a * STATES + i]
        prepare(parameters, prepared)
        first(work)
        for l in range(LANES):
            a = at + l
            if a < n:
                if status[a] == 0:
                    # a step much longer than the estimate was meant for the time before a dose
                    x = step[a]
                    if not x * JUMP <= first_step[l]:
                        x = first_step[l]
                    if not x > floor:
                        x = floor
                    step[a] = x
        at += LANES


def advance(
    work, n, order, params, state, times, count, saved, step, steps, status, extinct, start, stop, floor, limit
):  # fmt: skip
    """Solve n patients from start to stop, in the given order; see `solver.solve` for the arrays."""
    following = 0
    live = 1
    for l in range(LANES):
        who[l] = -1
        new[l] = 0
    while live > 0:
        # fill empty lanes with the next patients
        fresh = 0
        for l in range(LANES):
            while who[l] < 0 and following < n:
                a = order[following]
                following += 1
                steps[a] = 0
                if status[a] == 0:
                    for i in range(PARAMETERS):
                        parameters[i * LANES + l] = params[a * PARAMETERS + i]
                    for i in range(STATES):
                        y[i * LANES + l] = state[a * STATES + i]
                    who[l] = a
                    time[l] = start
                    mark[l] = 0
                    rejected[l] = 0
                    doubted[l] = 0
                    new[l] = 1
                    fresh = 1
                    size[l] = step[a]
                else:
                    for i in range(count * STATES):
                        saved[a * count * STATES + i] = NAN
        if fresh > 0:
            prepare(parameters, prepared)
            loaded(work)
            for l in range(LANES):
                new[l] = 0
        # choose the steps so that the last one ends at stop
        live = 0
        for l in range(LANES):
            x = 1.0
            if who[l] >= 0:
                live += 1
                left = stop - time[l]
                x = size[l]
                if x >= left or (x * STRETCH >= left and rejected[l] == 0):
                    x = left
                elif x > 0.5 * left:
                    x = 0.5 * left
            used[l] = x
            inverse[l] = 1.0 / x
            diagonal[l] = 1.0 / (GAMMA * x)
        if live == 0:
            break
        take_step(work)
        # verify the factors of some steps, and of all after one in doubt
        pending = 0
        for l in range(LANES):
            want[l] = 0
            if who[l] >= 0 and error[l] <= 1.0:
                if doubted[l] > 0 or (steps[who[l]] + 1) % EVERY == 0:
                    want[l] = 1
                    pending = 1
        if pending > 0:
            verify(work)
        for l in range(LANES):
            if want[l] > 0:
                doubted[l] += 1
                if doubt[l] > 0.0:
                    error[l] = HUGE
                    growth[l] = 0.5
                else:
                    doubted[l] = 0
        # a step whose error takes a state from above zero to below is taken again with half its length, some times at most
        pending = 0
        for l in range(LANES):
            want[l] = 0
            if lowest[l] < 0.0 and who[l] >= 0 and error[l] <= 1.0 and rejected[l] < HALVINGS:
                if used[l] * SMALLEST > floor:
                    want[l] = 1
                    pending = 1
        if pending > 0:
            find_dips(work, u)
            for l in range(LANES):
                if want[l] > 0 and dips[l] > 0.0:
                    error[l] = HUGE
                    growth[l] = 0.5
        # judge
        for l in range(LANES):
            accept[l] = 0.0
            theta[l] = 1.0
            ending[l] = 1.0
            if who[l] >= 0:
                steps[who[l]] += 1
                if error[l] <= 1.0:
                    accept[l] = 1.0
                    reached[l] = time[l] + used[l]
                    if used[l] >= stop - time[l]:
                        reached[l] = stop
                    if crossed[l] > 0.0:
                        for e in range(EXTINCTIONS):
                            s = watched[e]
                            bound = prepared[slot[e] * LANES + l]
                            before = y[s * LANES + l]
                            after = u[s * LANES + l]
                            if before >= bound and after < bound:
                                low = 0.0
                                high = 1.0
                                for _ in range(60):
                                    middle = 0.5 * (low + high)
                                    inner = 0.0
                                    for r in range(3):
                                        d = 0.0
                                        for j in range(STAGES):
                                            d += dense[(2 - r) * STAGES + j] * k[(j * STATES + s) * LANES + l]
                                        inner = inner * middle + d
                                    value = (1.0 - middle) * before + middle * (
                                        after + (1.0 - middle) * inner
                                    )
                                    if value < bound:
                                        high = middle
                                    else:
                                        low = middle
                                if high < ending[l] or (high == ending[l] and high == 1.0):
                                    ending[l] = high
                                    lost[l] = e
                                    reached[l] = time[l] + high * used[l]
        # outputs inside the accepted steps, one of each lane at a time
        pending = 1
        while pending > 0:
            pending = 0
            for l in range(LANES):
                want[l] = 0
                if accept[l] > 0.0 and mark[l] < count:
                    due = times[mark[l]]
                    if due <= reached[l]:
                        want[l] = 1
                        pending = 1
                        theta[l] = (due - time[l]) / used[l]
                        if theta[l] > ending[l]:
                            theta[l] = ending[l]
                        if due <= start:
                            theta[l] = 0.0
                        if due >= stop:
                            theta[l] = 1.0
            if pending > 0:
                inside(work)
                find_dips(work, z)
                for l in range(LANES):
                    if want[l] > 0:
                        row = (who[l] * count + mark[l]) * STATES
                        for i in range(STATES):
                            saved[row + i] = z[i * LANES + l]
                        if (
                            dips[l] > 0.0
                            and rejected[l] < HALVINGS
                            and used[l] * SMALLEST > floor
                            and theta[l] < 1.0
                        ):
                            # the curve between the ends dips below zero: take a step that ends at this output
                            accept[l] = 0.0
                            growth[l] = theta[l]
                        else:
                            mark[l] += 1
        # a lane with an extinction ends at that moment
        for l in range(LANES):
            if accept[l] > 0.0 and crossed[l] > 0.0:
                theta[l] = ending[l]
                pending = 1
        if pending > 0:
            inside(work)
            for l in range(LANES):
                if accept[l] > 0.0 and crossed[l] > 0.0:
                    for i in range(STATES):
                        u[i * LANES + l] = z[i * LANES + l]
                    e = lost[l]
                    u[watched[e] * LANES + l] = 0.0
                    place = who[l] * EXTINCTIONS + e
                    if not extinct[place] == extinct[place]:
                        extinct[place] = reached[l]
        commit(work)
        # next step, or next patient
        for l in range(LANES):
            a = who[l]
            if a >= 0:
                factor = growth[l]
                if not factor > SMALLEST:
                    factor = SMALLEST
                if factor > LARGEST:
                    factor = LARGEST
                if rejected[l] > 0 and factor > 1.0:
                    factor = 1.0
                leave = 0
                if accept[l] > 0.0:
                    rejected[l] = 0
                    time[l] = reached[l]
                    cut = size[l]
                    size[l] = used[l] * factor
                    if time[l] >= stop:
                        leave = 1
                        if size[l] < cut:
                            size[l] = cut
                else:
                    rejected[l] += 1
                    size[l] = used[l] * factor
                    if size[l] < floor:
                        leave = 1
                        status[a] = TOO_SMALL
                        if not error[l] <= HUGE:
                            status[a] = BROKEN
                if doubted[l] >= AGAIN:
                    leave = 1
                    status[a] = UNSTABLE
                if leave == 0 and steps[a] >= limit:
                    leave = 1
                    status[a] = TOO_MANY
                if leave > 0:
                    for i in range(STATES):
                        state[a * STATES + i] = y[i * LANES + l]
                    for i in range((count - mark[l]) * STATES):
                        saved[(a * count + mark[l]) * STATES + i] = NAN
                    step[a] = size[l]
                    who[l] = -1
