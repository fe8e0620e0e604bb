{#- One circuit as one C++ file. Jinja fills in what Brian2 translated; loops and order stand here. -#}
{% macro body(lines, indent) %}
{% for line in lines %}
{{ " " * indent }}{{ line }}
{% endfor %}
{% endmacro %}
{% macro local(pointers) %}
{% for type, name in pointers %}
        {{ type }} *const __restrict {{ name }} = this->{{ name }};
{% endfor %}
{% endmacro %}
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>

template <class T> static inline int int_(T value) { return (int) value; }
{% for text in support %}
{{ text }}
{% endfor %}
{% for name, value in constants %}
static constexpr {{ "int64_t" if value is integer else "double" }} {{ name }} = {{ value }};
{% endfor %}

// Pulses of one kind: as many as fit, in order.
struct Record {
    int64_t n, room, *counts, *unrecorded;
    int64_t *slots;
    int32_t *lines;
    void *columns[{{ most_columns }}];
};

struct Program {
    // what the circuit consists of
{% for type, name, size in arrays %}
    {{ "alignas(64) " if size > 1 }}{{ type }} {{ name }}{{ "[%d]" % size if size > 1 }};
{% endfor %}
{% for type, name in pairs %}
    {{ type }} *{{ name }};
{% endfor %}
    // what is fed in, and what is given back
{% for type, name, columns in inputs %}
    const {{ type }} *in_{{ name }};
{% endfor %}
    const uint8_t *kept;
    Record records[{{ [records|length, 1]|max }}];
{% for population, name, type, size in tally %}
    {{ type }} *tally_{{ population }}_{{ name }};
{% endfor %}
    double *readout;
    // where it stands
    int64_t frame, slot, first_slot;
    int32_t every_line[{{ most_lines }}];
{% for event in events %}
    int32_t sent_{{ event.name }}[{{ event.most + 1 }}], start_{{ event.name }}[{{ event.slots|length + 2 }}];
{% endfor %}
{% for visit in column_visits if not visit.sign_array %}
    int32_t neurons_{{ visit.name }}[{{ visit.most + 1 }}];  // of all slots of a phase: too many for a stack
{% endfor %}
{% for visit in gated %}
    int32_t gates_{{ visit.name }}[{{ visit.n_in + 1 }}];
    int n_gates_{{ visit.name }};
    bool knows_gates_{{ visit.name }}, opens_{{ visit.name }}[n_slots + 1];  // by the value of a line
{% endfor %}

{% for type, name, columns in inputs %}
    double {{ name }}(double{{ ", int64_t column" if columns }}) const {
        return in_{{ name }}[frame{{ "*%d + column" % columns if columns }}];
    }
{% endfor %}

    // when a phase begins
{% for function in regular %}
    void {{ function.name }}() {
{{ body(function.scalar, 8) }}
#pragma GCC ivdep
        for (int _idx = 0; _idx < {{ function.size }}; _idx++) {
{{ body(function.vector, 12) }}
        }
    }
{% endfor %}

    // who sends
{% for event in events %}
{% if event.kind == "all" %}
    bool all_{{ event.name }}() const {
{{ body(event.scalar, 8) }}
        return {{ event.shared }};
    }
{% elif event.kind == "by value" %}
    void list_{{ event.name }}(const int first, const int last) {
        int32_t *const start = start_{{ event.name }}, *const sent = sent_{{ event.name }};
        int32_t some[{{ event.lines + 1 }}];
        const int n = last - first;
        int found = 0;
        std::fill(start, start + n + 2, 0);
{% if event.shared != "true" %}
        bool possible[{{ event.slots|length }}];
        for (slot = first; slot < last; slot++) {
{{ body(event.scalar, 12) }}
            possible[slot - first] = {{ event.shared }};
        }
{% endif %}
        for (int line = 0; line < {{ event.lines }}; line++) {
            const uint32_t place = (uint32_t) ({{ event.array }}[line] + {{ event.base }} - first);
            some[found] = line;
            found += place < (uint32_t) n{% if event.shared != "true" %} && possible[place]{% endif %};
        }
        for (int k = 0; k < found; k++) start[{{ event.array }}[some[k]] + {{ event.base }} - first + 2]++;
        for (int k = 2; k <= n; k++) start[k + 1] += start[k];
        for (int k = 0; k < found; k++) sent[start[{{ event.array }}[some[k]] + {{ event.base }} - first + 1]++] = some[k];
    }
{% elif event.kind == "listed" %}
    void list_{{ event.name }}(const int first, const int last) {
        int32_t *const start = start_{{ event.name }}, *const sent = sent_{{ event.name }};
        int32_t some[{{ event.lines + 1 }}];
        uint8_t sends[{{ event.lines }}];
{% for access in event.packed %}
        {{ access.ctype }} of_{{ access.name }}[{{ event.lines + 1 }}];
{% endfor %}
        int found = 0, n = 0;
        for (int _idx = 0; _idx < {{ event.lines }}; _idx++) {
{{ body(event.reads, 12) }}
            some[found] = _idx;
{% for access in event.packed %}
            of_{{ access.name }}[found] = {{ access.name }};
{% endfor %}
            found += {{ event.fixed }};
        }
        start[0] = 0;
        for (slot = first; slot < last; slot++) {
{{ body(event.scalar, 12) }}
            if ({{ event.shared }}) {
                for (int k = 0; k < found; k++) {
                    const int _idx = some[k];
                    (void) _idx;
{% for access in event.packed %}
                    const {{ access.ctype }} {{ access.name }} = of_{{ access.name }}[k];
{% endfor %}
{{ body(event.lines_before, 20) }}
                    sends[k] = {{ event.varying }};
                }
                for (int k = 0; k < found; k++) {
                    sent[n] = some[k];
                    n += sends[k];
                }
            }
            start[slot - first + 1] = n;
        }
    }
{% else %}
    int send_{{ event.name }}() {
        int n = 0;
{{ body(event.scalar, 8) }}
        if (!({{ event.shared }})) return 0;
        for (int _idx = 0; _idx < {{ event.lines }}; _idx++) {
{{ body(event.reads, 12) }}
{{ body(event.lines_before, 12) }}
            sent_{{ event.name }}[n] = _idx;
            n += ({{ event.fixed }}) & ({{ event.varying }});
        }
        return n;
    }
{% endif %}
{% endfor %}

    // what it does at device pairs
{% for visit in row_visits %}
    void visit_{{ visit.name }}(const int32_t *const events, const int n) {
{{ local(visit.pointers) }}
{{ body(visit.scalar, 8) }}
        int e = 0;
{% for together in visit.at_a_time %}
        for (; e + {{ together }} <= n; e += {{ together }}) {
#pragma GCC ivdep
            for (int _postsynaptic_idx = 0; _postsynaptic_idx < {{ visit.n_out }}; _postsynaptic_idx++) {
{{ body(visit.load, 16) }}
{% for k in range(together) %}
                {
                    const int64_t _presynaptic_idx = events[e + {{ k }}], _idx = _presynaptic_idx*{{ visit.n_out }} + _postsynaptic_idx;
                    (void) _idx;
{{ body(visit.body, 20) }}
                }
{% endfor %}
{{ body(visit.store, 16) }}
            }
        }
{% endfor %}
    }
{% endfor %}
{% for visit in column_visits %}
{% for pairs in visit.loops %}
    void pairs_{{ pairs.name }}(const int32_t *const events, const int n, const int32_t *const lines, const int n_lines) {
{{ local(pairs.pointers) }}
{{ body(pairs.scalar, 8) }}
{% if visit.together %}
        // all neurons: in the order in which their pairs lie in memory
{% for access in pairs.post %}
        {{ access.ctype }} of_{{ access.name }}[{{ visit.most }}];
        for (int e = 0; e < n; e++) of_{{ access.name }}[e] = {{ access.array }}[events[e]];
{% endfor %}
        for (int k = 0; k < n_lines; k++) {
            const int64_t _presynaptic_idx = lines[k];
{% for access in pairs.pre_read %}
            {{ access.ctype }} {{ access.name }} = {{ access.array }}[_presynaptic_idx];
{% endfor %}
            for (int e = 0; e < n; e++) do {
                const int64_t _postsynaptic_idx = events[e], _idx = _presynaptic_idx*{{ visit.n_out }} + _postsynaptic_idx;
                (void) _idx;
{% for access in pairs.post %}
                {{ access.ctype }} &{{ access.name }} = of_{{ access.name }}[e];
{% endfor %}
{{ body(pairs.body, 16) }}
            } while (0);
{% for access in pairs.pre_written %}
            {{ access.array }}[_presynaptic_idx] = {{ access.name }};
{% endfor %}
        }
{% for access in pairs.post_written %}
        for (int e = 0; e < n; e++) {{ access.array }}[events[e]] = of_{{ access.name }}[e];
{% endfor %}
{% else %}
        // a few neurons: what is theirs stays in registers, line after line
        int e = 0;
{% for together in visit.at_a_time %}
        for (; e + {{ together }} <= n; e += {{ together }}) {
{% for at in range(together) %}
            const int64_t neuron{{ at }} = events[e + {{ at }}];
{% for access in pairs.post %}
            {{ access.ctype }} {{ access.name }}{{ at }} = {{ access.array }}[neuron{{ at }}];
{% endfor %}
{% endfor %}
            for (int k = 0; k < n_lines; k++) {
                const int64_t _presynaptic_idx = lines[k];
{% for access in pairs.pre_read %}
                {{ access.ctype }} {{ access.name }} = {{ access.array }}[_presynaptic_idx];
{% endfor %}
{% for at in range(together) %}
                do {
                    const int64_t _postsynaptic_idx = neuron{{ at }}, _idx = _presynaptic_idx*{{ visit.n_out }} + _postsynaptic_idx;
                    (void) _idx;
{% for access in pairs.post %}
                    {{ access.ctype }} &{{ access.name }} = {{ access.name }}{{ at }};
{% endfor %}
{{ body(pairs.body, 20) }}
                } while (0);
{% endfor %}
{% for access in pairs.pre_written %}
                {{ access.array }}[_presynaptic_idx] = {{ access.name }};
{% endfor %}
            }
{% for at in range(together) %}
{% for access in pairs.post_written %}
            {{ access.array }}[neuron{{ at }}] = {{ access.name }}{{ at }};
{% endfor %}
{% endfor %}
        }
{% endfor %}
{% endif %}
    }
{% endfor %}
    void visit_{{ visit.name }}(const int32_t *const events, const int n) {
        // no pair leads to a bias line
{% if visit.sign_array %}
        int32_t up[{{ visit.most + 1 }}], down[{{ visit.most + 1 }}];
        int n_up = 0, n_down = 0;
        for (int e = 0; e < n; e++) if (events[e] < {{ visit.n_out }}) {
            const auto sign = {{ visit.sign_array }}[events[e]];
            up[n_up] = down[n_down] = events[e];
            n_up += sign > 0;
            n_down += sign < 0;
        }
        if (!n_up && !n_down) return;
{% else %}
        int32_t *const some = neurons_{{ visit.name }};
        int m = 0;
        for (int e = 0; e < n; e++) if (events[e] < {{ visit.n_out }}) some[m++] = events[e];
        if (!m) return;
{% endif %}
{% if visit.gate %}
        int32_t open[{{ visit.n_in + 1 }}];
        int n_open = 0;
        {
{{ body(visit.gate.scalar, 12) }}
            for (int k = 0; k < n_gates_{{ visit.name }}; k++) {
                const int _presynaptic_idx = gates_{{ visit.name }}[k];
{{ body(visit.gate.reads, 16) }}
                open[n_open] = _presynaptic_idx;
                n_open += ({{ visit.gate.condition }}) != 0;
            }
        }
        const int32_t *const lines = open;
{% else %}
        const int n_open = {{ visit.n_in }};
        const int32_t *const lines = every_line;
{% endif %}
{% if visit.sign_array %}
        pairs_{{ visit.name }}_up(up, n_up, lines, n_open);
        pairs_{{ visit.name }}_down(down, n_down, lines, n_open);
{% else %}
        pairs_{{ visit.name }}(some, m, lines, n_open);
{% endif %}
    }
{% if visit.gate %}
    // lines whose gate is open in some slot
    void find_gates_{{ visit.name }}(const int first, const int last) {
        const int64_t now = slot;
        int found = 0;
{% if visit.gate.by_value %}
{% if visit.gate.is_always_so %}
        if (!knows_gates_{{ visit.name }})
{% endif %}
        for (slot = first; slot < last; slot++) {
{{ body(visit.gate.scalar, 12) }}
            for (int32_t {{ visit.gate.by_value.name }} = 0; {{ visit.gate.by_value.name }} <= n_slots; {{ visit.gate.by_value.name }}++)
                opens_{{ visit.name }}[{{ visit.gate.by_value.name }}] |= ({{ visit.gate.condition }}) != 0;
        }
        knows_gates_{{ visit.name }} = true;
        for (int line = 0; line < {{ visit.n_in }}; line++) {
            const uint32_t value = {{ visit.gate.by_value.array }}[line];
            gates_{{ visit.name }}[found] = line;
            found += value > n_slots || opens_{{ visit.name }}[value];
        }
{% else %}
        uint8_t opens[{{ visit.n_in }}] = {0};
        for (slot = first; slot < last; slot++) {
{{ body(visit.gate.scalar, 12) }}
            for (int _presynaptic_idx = 0; _presynaptic_idx < {{ visit.n_in }}; _presynaptic_idx++) {
{{ body(visit.gate.reads, 16) }}
                opens[_presynaptic_idx] |= ({{ visit.gate.condition }}) != 0;
            }
        }
        for (int line = 0; line < {{ visit.n_in }}; line++) {
            gates_{{ visit.name }}[found] = line;
            found += opens[line];
        }
{% endif %}
        slot = now;
        n_gates_{{ visit.name }} = found;
    }
{% endif %}
{% endfor %}

    // what it does to the neuron that sends
{% for function in resets %}
    void reset_{{ function.name }}(const int32_t *const events, const int n) {
{{ body(function.scalar, 8) }}
        for (int e = 0; e < n; e++) {
            const int _idx = events[e];
{{ body(function.vector, 12) }}
        }
    }
{% endfor %}

    // what is kept
{% for record in records %}
    void record_{{ record.name }}(const int32_t *const events, const int n) {
        Record &to = records[{{ loop.index0 }}];
        to.counts[frame] += n;
{% if not record.always %}
        if (!kept[frame]) {
            for (int e = 0; e < n; e++) to.unrecorded[events[e]]++;
            return;
        }
{% endif %}
        int64_t *const __restrict slots = to.slots + to.n;
        int32_t *const __restrict lines = to.lines + to.n;
        const int64_t now = first_slot + frame*frame_slots + slot;
        for (int e = 0; e < n; e++) {
            slots[e] = now;
            lines[e] = events[e];
        }
{% for type, array in record.columns %}
        {{ type }} *const __restrict column{{ loop.index0 }} = ({{ type }} *) to.columns[{{ loop.index0 }}] + to.n;
        for (int e = 0; e < n; e++) column{{ loop.index0 }}[e] = ({{ type }}) {{ array }}[events[e]];
{% endfor %}
        to.n += n;
    }
{% endfor %}

    void run_frame() {
{% for phase in phases %}
        // {{ phase.title }}
        slot = {{ phase.first_slot }};
{% for name in phase.regular %}
        {{ name }}();
{% endfor %}
{% if phase.reads_out %}
        std::memcpy(readout + frame*{{ n_output }}, output_preactivation, sizeof output_preactivation);
{% endif %}
{% for step in phase.at_once %}
        list_{{ step.name }}({{ step.first }}, {{ step.last }});
{% if step.recorded %}
        for (slot = {{ step.first }}; slot < {{ step.last }}; slot++) {
            const int32_t *const start = start_{{ step.name }} + slot - {{ step.first }};
            record_{{ step.name }}(sent_{{ step.name }} + start[0], start[1] - start[0]);
        }
{% endif %}
{% for visit in step.visits %}
        visit_{{ visit }}(sent_{{ step.name }}, start_{{ step.name }}[{{ step.last - step.first }}]);
{% endfor %}
{% endfor %}
{% for step in phase.by_slot if step.listed %}
        list_{{ step.name }}({{ step.first }}, {{ step.last }});
{% endfor %}
{% for gate in phase.gates %}
        find_gates_{{ gate.name }}({{ gate.first }}, {{ gate.last }});
{% endfor %}
{% if phase.by_slot %}
        for (slot = {{ phase.slots.start }}; slot < {{ phase.slots.stop }}; slot++) {
{% for step in phase.by_slot %}
            const int32_t *e_{{ step.name }} = {{ "every_line" if step.kind == "all" else "sent_" + step.name }};
            int n_{{ step.name }} = 0;
            if (slot >= {{ step.first }} && slot < {{ step.last }}) {
{% if step.kind == "all" %}
                if (all_{{ step.name }}()) n_{{ step.name }} = {{ step.lines }};
{% elif step.listed %}
                e_{{ step.name }} += start_{{ step.name }}[slot - {{ step.first }}];
                n_{{ step.name }} = start_{{ step.name }}[slot - {{ step.first }} + 1] - start_{{ step.name }}[slot - {{ step.first }}];
{% else %}
                n_{{ step.name }} = send_{{ step.name }}();
{% endif %}
            }
{% endfor %}
{% for step, visit in phase.visits %}
            if (n_{{ step }}) visit_{{ visit }}(e_{{ step }}, n_{{ step }});
{% endfor %}
{% for step in phase.by_slot if step.resets %}
            if (n_{{ step.name }}) reset_{{ step.name }}(e_{{ step.name }}, n_{{ step.name }});
{% endfor %}
{% for step in phase.by_slot if step.recorded %}
            if (n_{{ step.name }}) record_{{ step.name }}(e_{{ step.name }}, n_{{ step.name }});
{% endfor %}
        }
{% endif %}
{% endfor %}
{% for population, name, type, size in tally %}
        std::memcpy(tally_{{ population }}_{{ name }} + frame*{{ size }}, {{ population }}_{{ name }}, sizeof {{ population }}_{{ name }});
{% endfor %}
    }

    // Whether the pulses of one more frame, of whatever size, have room.
    bool has_room() const {
{% for record in records %}
        if (records[{{ loop.index0 }}].room - records[{{ loop.index0 }}].n < {{ record.most }}) return false;
{% endfor %}
        return true;
    }
};

static void *place_of(Program &program, const char *name) {
{% for type, name, size in arrays %}
    if (!std::strcmp(name, "{{ name }}")) return {{ "&" if size == 1 }}program.{{ name }};
{% endfor %}
    return nullptr;
}

extern "C" {
void *pulsenet_new() {
    Program *const program = new (std::nothrow) Program();
    if (program) for (int line = 0; line < {{ most_lines }}; line++) program->every_line[line] = line;
    return program;
}

// How to speak to this program, as JSON.
const char *pulsenet_interface() { return {{ interface }}; }

void pulsenet_delete(void *program) { delete (Program *) program; }

// Where an array of the circuit is; none with an element per device pair.
void *pulsenet_array(void *program, const char *name) { return place_of(*(Program *) program, name); }

// Runs frames from ``first`` on, until ``last``, or pulses have no room, or the seconds are over (one at least, if
// there is room); the next frame.
int64_t pulsenet_run(void *place, int64_t first, int64_t last, int64_t first_slot, const uint8_t *kept,
                     const void *const *inputs, void *const *pairs, void *const *tally, double *readout, Record *records, double seconds) {
    Program &program = *(Program *) place;
    program.first_slot = first_slot;
    program.readout = readout;
    program.kept = kept;
{% for type, name, columns in inputs %}
    program.in_{{ name }} = (const {{ type }} *) inputs[{{ loop.index0 }}];
{% endfor %}
{% for type, name in pairs %}
    program.{{ name }} = ({{ type }} *) pairs[{{ loop.index0 }}];
{% endfor %}
{% for population, name, type, size in tally %}
    program.tally_{{ population }}_{{ name }} = ({{ type }} *) tally[{{ loop.index0 }}];
{% endfor %}
{% for visit in gated %}
    program.knows_gates_{{ visit.name }} = false;
    std::fill(program.opens_{{ visit.name }}, program.opens_{{ visit.name }} + n_slots + 1, false);
{% endfor %}
    std::copy(records, records + {{ records|length }}, program.records);
    const auto start = std::chrono::steady_clock::now();
    program.frame = first;
    while (program.frame < last && program.has_room()) {
        program.run_frame();
        program.frame++;
        if (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds) break;
    }
    std::copy(program.records, program.records + {{ records|length }}, records);
    return program.frame;
}
}
