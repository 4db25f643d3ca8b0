"""Compiled flow of a network, and what happens to its entries at their kinks.

The network is one einsum, written as runs of monomials (``tables.Runs``): output o of the map is a sum of terms, each a
product of one entry of every factor. A state x (n,) holds the entries of all factors, one after another. Entries of a
factor with a kink have a sign: +1 above it, −1 below, 0 while opposite forces hold them there; as long as signs are
fixed the flow is smooth. Entries and forces smaller than a tolerance count as 0, or an entry that only just stays at
its bound would leave it forever.
"""

import math

from gateflow.sim.compiling import compiled

# What one row of costs (F, 9) says of a factor: where its entries begin and end in the state; its norm, 0, 1 or 2, with
# cost ½ strength (‖θ‖ − goal)²; decay, of ½ decay ‖θ‖²; whether entries have signs, where their kink is, and what it
# costs to be below, infinity for a hard bound.
FIRST, LAST, NORM, STRENGTH, GOAL, DECAY, KINKED, KINK, BOUND = range(9)
# Rows of a task (2, O): what the map should be, and the weight of the error in each output.
TARGET, WEIGHT = range(2)
# Rows of the room (7, n) that functions work in.
TRIAL, SPARE, CHANGE, FORCE, ABOVE, BELOW, MARGIN = range(7)


@compiled
def copy(source, target):
    """Copy an array (n,) by a loop: an assignment of slices takes seconds to compile."""
    for i in range(source.size):
        target[i] = source[i]


@compiled
def set_given(given, x):
    """Set the entries that a task gives."""
    for i in range(given.size):
        if not math.isnan(given[i]):
            x[i] = given[i]


@compiled(inline=True)
def add(target, first, times, source, begin, length):
    """Add a stretch of an array, times a number, to a stretch of another."""
    # Slices: places that may be negative, as first + k may for all the compiler knows, are looked up one by one.
    target, source = target[first:first + length], source[begin:begin + length]
    for k in range(length):
        target[k] += times * source[k]


@compiled(any_order=True, inline=True)
def dot(one, first, other, begin, length):
    """Product of two stretches."""
    total, one, other = 0.0, one[first:first + length], other[begin:begin + length]
    for k in range(length):
        total += one[k] * other[k]
    return total


@compiled(inline=True)
def product_of_others(x, starts, r, moving, factor):
    """Product of the entries of a run that stand still, but for a factor's."""
    product = 1.0
    for f in range(starts.shape[1] - 1):
        if f not in (moving, factor):
            product *= x[starts[r, f]]
    return product


@compiled(inline=True)
def map_errors(x, runs, task, error):
    """Error of the map in every output, times its weight."""
    starts, strides, moving = runs.starts, runs.strides, runs.moving
    last = starts.shape[1] - 1
    for o in range(error.size):
        error[o] = 0.0
    for r in range(starts.shape[0]):
        if moving >= 0:
            others = product_of_others(x, starts, r, moving, moving)
            add(error, starts[r, last], others, x, starts[r, moving], runs.length)
            continue
        for k in range(runs.length):
            product = 1.0
            for f in range(last):
                product *= x[starts[r, f] + k * strides[f]]
            error[starts[r, last] + k * strides[last]] += product
    for o in range(error.size):
        error[o] = task[WEIGHT, o] * (task[TARGET, o] - error[o])


@compiled(inline=True)
def pushes(x, runs, downhill, force):
    """Force on every entry, for the downhill direction of the loss in every output."""
    starts, strides, moving = runs.starts, runs.strides, runs.moving
    last = starts.shape[1] - 1
    for i in range(force.size):
        force[i] = 0.0
    for r in range(starts.shape[0]):
        if moving >= 0:
            others = product_of_others(x, starts, r, moving, moving)
            add(force, starts[r, moving], others, downhill, starts[r, last], runs.length)
            along = dot(x, starts[r, moving], downhill, starts[r, last], runs.length)
            for f in range(last):
                if f != moving:
                    force[starts[r, f]] += along * product_of_others(x, starts, r, moving, f)
            continue
        for k in range(runs.length):
            for f in range(last):
                product = downhill[starts[r, last] + k * strides[last]]
                for g in range(last):
                    if g != f:
                        product *= x[starts[r, g] + k * strides[g]]
                force[starts[r, f] + k * strides[f]] += product


@compiled(inline=True)
def forces(x, runs, task, error, force):
    """Force of the loss on every entry: −∂L/∂x."""
    map_errors(x, runs, task, error)
    pushes(x, runs, error, force)


@compiled(inline=True)
def norm_pull(x, signs, costs, f):
    """How strongly a norm cost pulls: times the sign (L1) or the entry (L2) it is the slope of the cost."""
    total = 0.0
    if costs[f, NORM] == 1:
        for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
            total += x[i] if signs[i] >= 0 else -x[i]
        return costs[f, STRENGTH] * (total - costs[f, GOAL])
    for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
        total += x[i] * x[i]
    # At 0 the L2 norm counts as flat.
    return costs[f, STRENGTH] * (1.0 - costs[f, GOAL] / math.sqrt(total)) if total > 0 else 0.0


@compiled(inline=True)
def less_costs(x, signs, costs, force):
    """Take the slopes of all costs, at fixed signs, from the force on every entry."""
    for f in range(costs.shape[0]):
        first, last = int(costs[f, FIRST]), int(costs[f, LAST])
        if costs[f, NORM] == 1:
            pull = norm_pull(x, signs, costs, f)
            for i in range(first, last):
                force[i] -= pull if signs[i] >= 0 else -pull
        elif costs[f, NORM] == 2:
            pull = norm_pull(x, signs, costs, f)
            for i in range(first, last):
                force[i] -= pull * x[i]
        if costs[f, DECAY] > 0:
            for i in range(first, last):
                force[i] -= costs[f, DECAY] * x[i]
        if costs[f, KINKED] > 0:
            for i in range(first, last):
                if signs[i] < 0:
                    force[i] += costs[f, BOUND]


@compiled
def velocity(x, signs, rates, runs, costs, task, error, v):
    """Velocity at fixed signs; held entries stand still."""
    forces(x, runs, task, error, v)
    less_costs(x, signs, costs, v)
    for i in range(v.size):
        v[i] = v[i] * rates[i] if signs[i] != 0 else 0.0


@compiled
def sided_forces(x, signs, runs, costs, task, room, errors):
    """Force on each held entry just above and just below its kink."""
    force, above, below = room[FORCE], room[ABOVE], room[BELOW]
    forces(x, runs, task, errors, force)
    for f in range(costs.shape[0]):
        if costs[f, KINKED] == 0:
            continue
        pull = norm_pull(x, signs, costs, f) if costs[f, NORM] > 0 else 0.0
        for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
            if signs[i] == 0:
                rest = force[i] - costs[f, DECAY] * x[i]
                if costs[f, NORM] == 2:
                    rest -= pull * x[i]
                slope = pull if costs[f, NORM] == 1 else 0.0
                above[i] = rest - slope
                below[i] = rest + slope + costs[f, BOUND]


@compiled
def worst_margin(x, signs, runs, costs, task, tolerance, force_tolerance, room, errors):
    """Fill how far every entry is from where its sign ends, negative beyond; returns the smallest."""
    above, below, margin = room[ABOVE], room[BELOW], room[MARGIN]
    held, smallest = False, math.inf
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0:
            for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                if signs[i] == 0:
                    held = True
                else:
                    margin[i] = signs[i] * (x[i] - costs[f, KINK]) + tolerance
                    smallest = min(smallest, margin[i])
    if held:
        sided_forces(x, signs, runs, costs, task, room, errors)
        for f in range(costs.shape[0]):
            if costs[f, KINKED] > 0:
                for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                    if signs[i] == 0:
                        margin[i] = min(-above[i], below[i]) + force_tolerance
                        smallest = min(smallest, margin[i])
    return smallest


@compiled
def settle(x, signs, runs, costs, task, tolerance, force_tolerance, room, errors):
    """Give every entry at its kink the sign that the forces on both sides of it demand."""
    above, below = room[ABOVE], room[BELOW]
    held = False
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0:
            for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                if signs[i] == 0 or signs[i] * (x[i] - costs[f, KINK]) <= tolerance:
                    x[i], signs[i], held = costs[f, KINK], 0.0, True
    if held:
        sided_forces(x, signs, runs, costs, task, room, errors)
        for f in range(costs.shape[0]):
            if costs[f, KINKED] > 0:
                for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                    if signs[i] == 0:
                        # Pushed away on both sides, an entry goes up.
                        if above[i] > force_tolerance:
                            signs[i] = 1.0
                        elif below[i] < -force_tolerance:
                            signs[i] = -1.0


@compiled
def end_signs(x, signs, runs, costs, task, tolerance, force_tolerance, room, errors):
    """Change the signs that end here, where margins are negative, and settle."""
    above, below, margin = room[ABOVE], room[BELOW], room[MARGIN]
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0:
            for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                if margin[i] < 0:
                    # The force that lets an entry go is 0 to rounding at this moment: its side is known, not its sign.
                    freed = 1.0 if -above[i] <= below[i] else -1.0
                    margin[i] = freed if signs[i] == 0 else 0.0
                    if signs[i] != 0:
                        x[i], signs[i] = costs[f, KINK], 0.0
                else:
                    margin[i] = 0.0
    settle(x, signs, runs, costs, task, tolerance, force_tolerance, room, errors)
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0:
            for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                if margin[i] != 0:
                    signs[i] = margin[i]


@compiled
def stiffness(costs):
    """How much a norm cost enlarges errors of entries into errors of forces."""
    largest = 1.0
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0 and costs[f, NORM] > 0:
            entries = costs[f, LAST] - costs[f, FIRST] if costs[f, NORM] == 1 else 1
            largest = max(largest, 1 + costs[f, STRENGTH] * entries)
    return largest
