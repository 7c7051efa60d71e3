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
    std::string name = to_string(o.kind);
    if (o.kernel > 1) name += " " + std::to_string(o.kernel) + "x" + std::to_string(o.kernel);
    if (o.stride > 1) name += " stride " + std::to_string(o.stride);
    name += ", " + std::to_string(o.in.count);
    if (o.out.count != o.in.count) name += " to " + std::to_string(o.out.count);
    name += ", " + std::to_string(o.in.size.height) + "x" + std::to_string(o.in.size.width);
    return name + (c.layout.out_step > 1 ? ", groups" : ", planes");
}

/// Reads more than the last-level cache holds.
void flush_caches() {
    static std::vector<float> large(24U << 20U, 1.0F);
    float sum = 0;
    for (std::size_t i = 0; i < large.size(); i += 16) sum += large[i];
    benchmark::DoNotOptimize(sum);
}

double bytes_of(const op& o) {
    const double values =
        double{1} * o.in.count * o.in.size.pixels() + double{1} * o.out.count * o.out.size.pixels();
    return 4 * (values + static_cast<double>(o.weights()));
}

template <int Index, bool Cold>
void time_call(benchmark::State& state) {
    constexpr published::call c = work::list.calls[Index];
    using net = work::network_at<c.network>;
    using runner = executor<net>;
    static const auto packed = make_aligned<float>(runner::packed_size);
    static const auto scratch = std::make_unique<typename net::workspace>();
    runner::template run<c.number>(packed.get(), scratch->data());

    constexpr int repeats = Cold ? 1 : 8;
    std::vector<double> times, peaks;
    for (auto _ : state) {
        if (times.size() % 16 == 0) peaks.push_back(measure::multiply_add_rate());
        if (Cold) flush_caches();
        const auto start = measure::clock::now();
        for (int i = 0; i < repeats; ++i) {
            runner::template run<c.number>(packed.get(), scratch->data());
            benchmark::ClobberMemory();
        }
        times.push_back(measure::seconds_since(start) / repeats);
        state.SetIterationTime(times.back());
    }
    const double time = measure::median(times);
    const auto macs = static_cast<double>(c.what.macs());
    state.counters["median_us"] = time * 1e6;
    state.counters["peak_%"] = 100 * macs / time / measure::median(peaks);
    state.counters["GMAC/s"] = macs / time / 1e9;
    state.counters["GB/s"] = bytes_of(c.what) / time / 1e9;
}

template <int... Index>
void add_calls(std::integer_sequence<int, Index...>) {
    const auto add = [](const std::string& name, auto* run, int iterations) {
        auto* row =
            benchmark::RegisterBenchmark(name.c_str(), run)->UseManualTime()->Unit(benchmark::kMicrosecond);
        if (iterations > 0) row->Iterations(iterations);
    };
    (add(name_of(work::list.calls[Index]) + ", warm", time_call<Index, false>, 0), ...);
    (add(name_of(work::list.calls[Index]) + ", cold", time_call<Index, true>, 20), ...);
}

}  // namespace

int main(int argc, char** argv) {
    add_calls(work::indices);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
