// SPDX-License-Identifier: BSD-3-Clause
// Every kernel shape of the published networks, warm and with the caches flushed: percentage of the
// multiply-add peak of the same run, multiply-adds and bytes a second, so that the slowest piece is always in
// sight.
#include "measure.hpp"
#include "published.hpp"

using namespace plait;
using work = published::work_of<published::timed_networks>;

namespace {

std::string name_of(const published::call& c) {
    const op& o = c.what;
    std::string name = o.kind == op_kind::binary ? to_string(o.binary.operation) : to_string(o.kind);
    const window_axis& rows = o.window.rows;
    const window_axis& columns = o.window.columns;
    if (o.window.taps() > 1) name += " " + std::to_string(rows.kernel) + "x" + std::to_string(columns.kernel);
    if (rows.stride > 1) name += " stride " + std::to_string(rows.stride);
    name += ", " + std::to_string(o.in.count);
    if (o.out.count != o.in.count) name += " to " + std::to_string(o.out.count);
    name += ", " + std::to_string(o.in.size.height) + "x" + std::to_string(o.in.size.width);
    if (o.winograd > 0) name += ", by F" + std::to_string(o.winograd);
    if (c.layout.in_step == 1 && c.layout.out_step > 1) return name + ", planes to groups";
    return name + (c.layout.out_step > 1 ? ", groups" : ", planes");
}

measure::cost cost_of(const op& o) {
    return {o.macs(), 1LL * o.in.count * o.in.size.pixels() + 1LL * o.other.count * o.other.size.pixels() +
                          1LL * o.out.count * o.out.size.pixels() + o.weights()};
}

template <int Index, measure::caches Caches>
void time_call(benchmark::State& state) {
    constexpr published::call c = work::list.calls[Index];
    using net = work::network_at<c.network>;
    using runner = executor<net>;
    static const auto packed = make_aligned<float>(runner::packed_size);
    static const auto scratch = std::make_unique<typename net::workspace>();
    const auto run = [] { runner::template run<c.number>(packed.get(), scratch->data()); };
    run();
    measure::time_run<Caches, Caches == measure::caches::cold ? 1 : 8>(state, cost_of(c.what), run);
}

template <int... Index>
void add_calls(std::integer_sequence<int, Index...>) {
    using measure::caches;
    (measure::add_row(name_of(work::list.calls[Index]) + ", warm", time_call<Index, caches::warm>), ...);
    (measure::add_row(name_of(work::list.calls[Index]) + ", cold", time_call<Index, caches::cold>,
                      caches::cold),
     ...);
}

}  // namespace

int main(int argc, char** argv) {
    add_calls(work::indices);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
