// SPDX-License-Identifier: BSD-3-Clause
// Times every single forward pass, and prints and draws how late the late ones are.

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "latency_histogram.hpp"
#include "measure.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/fastestdet.hpp"
#include "program.hpp"
#include "real_time.hpp"
#include "text_file.hpp"

namespace {

using latency::distribution;

struct options {
    std::vector<std::string> networks{"augshufflenet_x0_5_cifar10", "fastestdet_coco"};
    int passes = 100'000;
    double seconds = 20;
    std::string data = "random";
    bool flush_denormals = false;
    bool lock_memory = false;
    int priority = 0;
    std::string svg;
};

/// A network with random weights, of any type.
class subject {
public:
    virtual ~subject() = default;
    virtual void run() = 0;
    virtual void fill_picture(float value) = 0;
    virtual void take_biases_away() = 0;
};

template <class Network>
class subject_of final : public subject {
public:
    void run() override { benchmark::DoNotOptimize(f_.model(*f_.picture, *f_.scratch)); }
    void fill_picture(float value) override { std::fill_n(f_.picture->data(), f_.picture->size(), value); }
    void take_biases_away() override {
        for (std::size_t i = 0; i < f_.layers.size(); ++i) {
            auto& layer = f_.layers[i];
            std::fill(layer.bias.begin(), layer.bias.end(), 0.0F);
            if (!layer.weights.empty())
                f_.model.set_weights(static_cast<int>(i), layer.weights.data(), layer.bias.data());
        }
    }

private:
    measure::fixture<Network> f_;
};

struct entry {
    const char* name;
    std::unique_ptr<subject> (*make)();
};

template <class Network>
std::unique_ptr<subject> make() {
    return std::make_unique<subject_of<Network>>();
}

const std::vector<entry> networks{{"augshufflenet_x0_5_cifar10", make<plait::augshufflenet_x0_5<10>>},
                                  {"fastestdet_coco", make<plait::fastestdet<80>>}};

struct data_kind {
    const char* name;
    const char* what;
    void (*prepare)(subject&);
};

constexpr float denormal = 1e-40F;

const std::vector<data_kind> data_kinds{
    {"random", "a picture of random values", [](subject&) {}},
    {"zeros", "a picture of zeros", [](subject& s) { s.fill_picture(0); }},
    {"denormals", "a picture of denormal numbers", [](subject& s) { s.fill_picture(denormal); }},
    {"vanishing", "the same, and no biases: denormal numbers in every layer", [](subject& s) {
         s.fill_picture(denormal);
         s.take_biases_away();
     }}};

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
    std::vector<std::string> names;
    for (const Named& one : all) names.emplace_back(one.name);
    return names;
}

template <class Named>
const Named& find(const std::vector<Named>& all, const std::string& name) {
    return *std::find_if(all.begin(), all.end(), [&](const Named& one) { return name == one.name; });
}

void describe(CLI::App& app, options& chosen) {
    app.add_option("--network", chosen.networks,
                   "one or more of: " + CLI::detail::join(names_of(networks), ", "))
        ->check(CLI::IsMember(names_of(networks)))
        ->type_name("NAME");
    app.add_option("--passes", chosen.passes, "forward passes of each network")
        ->check(CLI::Range(100, 100'000'000))
        ->capture_default_str();
    app.add_option("--seconds", chosen.seconds, "but no longer than this for each network")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    std::string kinds;
    for (const data_kind& kind : data_kinds)
        kinds += (kinds.empty() ? "" : "; ") + std::string(kind.name) + ": " + kind.what;
    app.add_option("--data", chosen.data, kinds)
        ->check(CLI::IsMember(names_of(data_kinds)))
        ->capture_default_str();
    app.add_flag("--flush-denormals", chosen.flush_denormals,
                 "the processor takes denormal numbers for zeros");
    app.add_flag("--lock-memory", chosen.lock_memory, "keep all pages in memory (mlockall)");
    app.add_option("--priority", chosen.priority,
                   "time each network once more under this real-time priority (SCHED_FIFO)")
        ->check(CLI::Range(1, 99));
    app.add_option("--svg", chosen.svg, "draw histograms to this file")->type_name("FILE");
}

double microseconds_since(measure::clock::time_point start) { return 1e6 * measure::seconds_since(start); }

/// A program that waits for its next picture leaves its core to others meanwhile; Linux stops a thread of
/// real-time priority that does not, for a twentieth of each second.
class rests {
public:
    void after_a_pass() {
        if (measure::seconds_since(last_) < work) return;
        std::this_thread::sleep_for(std::chrono::duration<double>(rest));
        last_ = measure::clock::now();
    }

private:
    static constexpr double work = .08;
    static constexpr double rest = .02;
    measure::clock::time_point last_ = measure::clock::now();
};

std::vector<double> time_each(int passes, double seconds, const std::function<void()>& run) {
    std::vector<double> times(static_cast<std::size_t>(passes));  // touched, and not to grow meanwhile
    for (int i = 0; i < std::min(passes, 200); ++i) run();
    const auto begin = measure::clock::now();
    rests pauses;
    std::size_t made = 0;
    while (made < times.size() && measure::seconds_since(begin) < seconds) {
        const auto start = measure::clock::now();
        run();
        times[made++] = microseconds_since(start);
        pauses.after_a_pass();
    }
    times.resize(made);
    return times;
}

void print(const distribution& d) {
    const double median = d.percentile(.5);
    std::printf("%-58s %8zu", d.name().c_str(), d.count());
    for (const latency::mark& m : latency::marks) std::printf(" %9.2f", d.percentile(m.part));
    for (const latency::mark& m : latency::marks) {
        if (m.part > .5) std::printf(" %7.2fx", d.percentile(m.part) / median);
    }
    std::printf("\n");
}

/// Says what is refused, and whether it is not.
bool granted(const plait::result<void>& asked) {
    if (!asked) std::fprintf(stderr, "%s\n", asked.error().c_str());
    return static_cast<bool>(asked);
}

class session {
public:
    explicit session(const options& chosen) : chosen_(chosen) {}

    void run() {
        std::printf("%-58s %8s %9s %9s %9s %9s %8s %8s %8s\n", "us", "runs", "p50", "p99", "p99.9", "maximum",
                    "p99", "p99.9", "maximum");
        time("the timer alone", [] { benchmark::ClobberMemory(); });
        drawn_from_ = all_.size();
        time("no network, 200 us of reading the timer", [] {
            const auto start = measure::clock::now();
            while (microseconds_since(start) < 200) benchmark::ClobberMemory();
        });
        for (const std::string& name : chosen_.networks) {
            const std::unique_ptr<subject> network = find(networks, name).make();
            find(data_kinds, chosen_.data).prepare(*network);
            time(name, [&] { network->run(); });
        }
    }

    /// All but the timer, which takes too little time to be drawn beside the others.
    std::vector<distribution> to_be_drawn() const {
        return {all_.begin() + static_cast<std::ptrdiff_t>(drawn_from_), all_.end()};
    }

private:
    void time(const std::string& name, const std::function<void()>& run) {
        if (chosen_.lock_memory && may_lock_memory_) may_lock_memory_ = granted(real_time::lock_memory());
        add(name, run);
        if (chosen_.priority == 0 || !may_have_priority_) return;
        may_have_priority_ = granted(real_time::take_priority(chosen_.priority));
        if (!may_have_priority_) return;
        add(name + ", SCHED_FIFO " + std::to_string(chosen_.priority), run);
        real_time::give_priority_back();
    }

    void add(const std::string& name, const std::function<void()>& run) {
        all_.emplace_back(name, time_each(chosen_.passes, chosen_.seconds, run));
        print(all_.back());
    }

    const options& chosen_;
    bool may_lock_memory_ = true;
    bool may_have_priority_ = true;
    std::vector<distribution> all_;
    std::size_t drawn_from_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Times every single forward pass, and prints and draws how late the late ones are.",
                 "latency");
    options chosen;
    describe(app, chosen);
    if (const auto status = examples::parse(app, argc, argv)) return *status;

    if (chosen.flush_denormals) granted(real_time::flush_denormals());
    session timed(chosen);
    timed.run();
    if (chosen.svg.empty()) return 0;

    const std::vector<distribution> all = timed.to_be_drawn();
    const std::string picture =
        latency::histogram_picture(all).to_string("How long single forward passes take");
    if (const auto written = examples::write_text(chosen.svg, picture); !written)
        return examples::refuse(written.error());
}
