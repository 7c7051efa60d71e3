// SPDX-License-Identifier: BSD-3-Clause
// AugShuffleNet 0.5x on threads that share one model, each with a workspace and a picture of its own, each
// pinned to a core: pictures a second of all threads at once, beside what each makes alone in the same round.
#include <barrier>
#include <numeric>
#include <pthread.h>
#include <sched.h>
#include <thread>

#include "measure.hpp"
#include "plait/models/augshufflenet.hpp"

namespace {

using net = plait::augshufflenet_x0_5<10>;

std::vector<int> usable_cores() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    std::vector<int> cores;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(core, &allowed)) cores.push_back(core);
    }
    return cores;
}

void pin_this_thread(int core) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(core, &only);
    pthread_setaffinity_np(pthread_self(), sizeof only, &only);
}

/// Threads that wait at a gate, run forward passes for a while when it opens, and come back to it.
class crew {
public:
    crew(const plait::model<net>& model, const plait::tensor<float, net::input>& picture,
         const std::vector<int>& cores)
        : model_(model),
          picture_(picture),
          rates_(cores.size()),
          gate_(static_cast<std::ptrdiff_t>(cores.size()) + 1) {
        for (std::size_t i = 0; i < cores.size(); ++i)
            threads_.emplace_back([this, i, core = cores[i]] { work(i, core); });
    }
    ~crew() {
        finished_ = true;
        gate_.arrive_and_wait();
        for (std::thread& t : threads_) t.join();
    }

    /// Pictures a second of the threads `begin` to `end` together.
    double pictures_a_second(std::size_t begin, std::size_t end) {
        begin_ = begin;
        end_ = end;
        start_ = measure::clock::now();
        gate_.arrive_and_wait();  // they begin
        gate_.arrive_and_wait();  // all are done
        const auto at = [&](std::size_t i) { return rates_.begin() + static_cast<std::ptrdiff_t>(i); };
        return std::accumulate(at(begin), at(end), 0.0);
    }

private:
    static constexpr double turn = 0.05;  // seconds

    void work(std::size_t number, int core) {
        pin_this_thread(core);
        const auto picture = std::make_unique<plait::tensor<float, net::input>>(picture_);
        const auto scratch = std::make_unique<net::workspace>();
        for (;;) {
            gate_.arrive_and_wait();
            if (finished_) return;
            if (begin_ <= number && number < end_) {
                long long pictures = 0;
                double seconds = 0;
                for (; seconds < turn; ++pictures) {
                    benchmark::DoNotOptimize(model_(*picture, *scratch));
                    seconds = measure::seconds_since(start_);  // the same for all
                }
                rates_[number] = static_cast<double>(pictures) / seconds;
            }
            gate_.arrive_and_wait();
        }
    }

    const plait::model<net>& model_;
    const plait::tensor<float, net::input>& picture_;
    std::vector<double> rates_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    measure::clock::time_point start_{};
    bool finished_ = false;
    std::barrier<> gate_;
    std::vector<std::thread> threads_;
};

void time_threads(benchmark::State& state, std::vector<int> cores) {
    measure::fixture<net> f;
    if (!f.is_right(state)) return;
    crew threads(f.model, *f.picture, cores);
    const std::size_t count = cores.size();
    std::vector<double> alone, together, ratios;
    for (auto _ : state) {
        const std::size_t one = ratios.size() % count;  // cores need not be equally fast
        alone.push_back(threads.pictures_a_second(one, one + 1));
        together.push_back(threads.pictures_a_second(0, count));
        ratios.push_back(together.back() / alone.back());
        state.SetIterationTime(1 / together.back());
    }
    state.counters["pictures/s"] = measure::median(together);
    state.counters["one/s"] = measure::median(alone);
    state.counters["ratio"] = measure::median(ratios);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<int> cores = usable_cores();
    std::vector<std::size_t> counts{1};
    if (cores.size() >= 2) counts.push_back(2);
    if (cores.size() > 2) counts.push_back(cores.size());
    for (const std::size_t count : counts) {
        const std::vector<int> used(cores.begin(), cores.begin() + static_cast<std::ptrdiff_t>(count));
        benchmark::RegisterBenchmark(("threads: " + std::to_string(count)).c_str(), time_threads, used)
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond)
            ->Iterations(25);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
