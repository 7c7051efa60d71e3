// SPDX-License-Identifier: BSD-3-Clause
// What a program that has to be in time relies on: after the first, a forward pass makes no system call, no
// allocation and no page fault, and takes no lock, over a million passes.
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "../counted_calls.hpp"
#include "../system_call_filter.hpp"
#include "filled.hpp"
#include "plait/models/augshufflenet.hpp"

using namespace plait;
using system_calls::ending;

namespace {

/// Of every kind of call, in less than a few microseconds.
using tiny_network =
    network<shape{3, 8, 8}, conv{.out = 8, .kernel = 3, .stride = 2}, aug_shuffle{.split = {1, 2}},
            shuffle_unit{}, parallel<max_pool{}, average_pool{}>, activate{activation::sigmoid},
            activate{activation::gelu}, prelu{}, residual<activation::relu, depthwise{}>, upsample{},
            conv{.out = 8, .groups = 2}, global_average_pool{}, linear{10}, softmax{}>;

constexpr int million = 1'000'000;

/// Passes of one network, each of which must give what the first gave, bit by bit.
template <class Network>
class passes {
public:
    passes() {
        fill_weights(model_);
        fill_picture(pictures_[0]);
        fill_picture(pictures_[1], 3);
        run_all_ways();
        expected_ = model_(pictures_[0], *scratch_);
    }

    bool run(int count) {
        for (int i = 0; i < count; ++i) {
            const auto found = model_(pictures_[0], *scratch_);
            if (std::memcmp(found.data(), expected_.data(), sizeof(float) * Network::output.elements()) != 0)
                return false;
        }
        return true;
    }

    /// One after another, with all outputs, and several pictures at once.
    bool run_all_ways() {
        (void)model_.all_outputs(pictures_[0], *scratch_);
        return static_cast<bool>(model_.forward(pictures_, logits_, *batch_scratch_));
    }

private:
    using model_type = model<Network>;

    model_type model_;
    std::vector<typename model_type::input_tensor> pictures_{2};
    std::vector<typename model_type::output_tensor> logits_{2};
    typename model_type::output_tensor expected_;
    std::unique_ptr<typename Network::workspace> scratch_ = std::make_unique<typename Network::workspace>();
    std::unique_ptr<typename model_type::batch_workspace> batch_scratch_ =
        std::make_unique<typename model_type::batch_workspace>();
};

/// What this program counts of what it asked for.
struct requests {
    long long of_new = allocations;
    long long of_the_c_library = c_allocations;
    long long of_locks = locks_taken;

    friend bool operator==(const requests&, const requests&) = default;
};

/// Whether the child could be kept from system calls at all; says so where not.
bool was_tried(ending how) {
    if (how != ending::not_forbidden) return true;
    MESSAGE("skipped: no filter of system calls here (it takes Linux's seccomp, on x86-64 or 64-bit ARM)");
    return false;
}

template <class Network>
void check_without_system_calls(int count) {
    passes<Network> network;
    const auto once = [&] { (void)(network.run(1) && network.run_all_ways()); };
    const auto work = [&] {
        const requests before;
        const bool same = network.run(count) && network.run_all_ways();
        return same && requests() == before;
    };
    const ending how = system_calls::run_without(once, work);
    if (was_tried(how))
        CHECK(how == ending::as_it_should);
    else
        CHECK(work());  // what is counted can be counted anywhere
}

long long page_faults() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt + usage.ru_majflt;
}

/// Of several rounds one is without: the system itself now and then takes a page away.
template <class Network>
void check_page_faults(int count) {
    passes<Network> network;
    long long least = 1;
    for (int round = 0; round < 20 && least > 0; ++round) {
        const long long before = page_faults();
        CHECK(network.run(count));
        least = page_faults() - before;
    }
    CHECK(least == 0);
}

using small_network = augshufflenet_x0_5<10>;

}  // namespace

TEST_CASE("the filter ends a process at a system call, and the counters count") {
    const auto nothing = [] {};
    const ending harmless = system_calls::run_without(nothing, [] { return true; });
    if (was_tried(harmless)) {
        CHECK(harmless == ending::as_it_should);
        CHECK(system_calls::run_without(nothing, [] { return false; }) == ending::after_a_failed_check);
        CHECK(system_calls::run_without(nothing, [] { return getppid() > 0; }) == ending::at_a_system_call);
        // Memory of this size comes from the system.
        const auto allocate = [] { return std::make_unique<char[]>(std::size_t{64} << 20U) != nullptr; };
        CHECK(system_calls::run_without(nothing, allocate) == ending::at_a_system_call);
    }

    const requests before;
    const std::unique_ptr<int> from_new = std::make_unique<int>(1);
    CHECK(requests().of_new == before.of_new + 1);
#if defined(PLAIT_TEST_COUNTS_CALLS)
    void* volatile from_c = std::malloc(1);
    std::free(from_c);
    CHECK(requests().of_the_c_library > before.of_the_c_library + 1);  // new's is one too
    std::mutex mutex;
    { const std::lock_guard guard(mutex); }
    CHECK(requests().of_locks == before.of_locks + 1);
#else
    MESSAGE("skipped: only with the GNU C library are its allocations and locks counted");
#endif
}

TEST_CASE("a million forward passes make no system call, no allocation, and take no lock") {
    check_without_system_calls<tiny_network>(million);
    check_without_system_calls<small_network>(3000);
}

TEST_CASE("forward passes make no page fault after the first") {
    check_page_faults<tiny_network>(20'000);
    check_page_faults<small_network>(200);
}
