// SPDX-License-Identifier: BSD-3-Clause
// Answers `peak` with one core's multiply-adds a second in billions, `macs` with a picture's forward
// multiply-adds, `memory` with what a trainer takes in bytes, `loss` with the loss of the first step, and
// `run SECONDS` with the median seconds of a training step.

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "../measure.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/shufflenet_v2.hpp"
#include "plait/train/trainer.hpp"
#include "worker.hpp"

namespace {

constexpr int batch = 128;

template <class Network, plait::training Options>
int answer(int threads) {
    using trainer = plait::trainer<Network, Options>;
    const auto learning = std::make_unique<trainer>(1, threads);
    plait::random_numbers random(7);
    std::vector<int> labels;
    for (int n = 0; n < batch; ++n) {
        labels.push_back(random.below(10));
        const auto to = learning->input(n);
        for (int c = 0; c < Network::input.channels; ++c)
            for (int y = 0; y < Network::input.height; ++y)
                to.row(c, y, [&](int) { return static_cast<float>(random.uniform()); });
    }
    const double first = learning->step(labels, 0.01);
    if (!learning->problem().empty()) return std::cerr << learning->problem() << "\n", 2;
    worker::serve(1, [&] { learning->step(labels, 1e-3); },
                  {{"peak", [] { worker::print(measure::multiply_add_rate() / 1e9); }},
                   {"macs", [] { worker::print(Network::macs); }},
                   {"memory", [] { worker::print(trainer::memory_bytes); }},
                   {"loss", [&] { worker::print(first); }}});
    return 0;
}

template <class Network>
int answer_stored(const std::string& storage, int threads) {
    using plait::training;
    if (storage == "f16")
        return answer<Network, training{.batch = batch, .storage = plait::storage::f16}>(threads);
    return answer<Network, training{.batch = batch}>(threads);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return std::cerr << "usage: training_worker NAME f32|f16 THREADS\n", 2;
    const std::string name = argv[1];
    const std::string storage = argv[2];
    const int threads = std::stoi(argv[3]);
    constexpr plait::shape picture{.channels = 3, .height = 32, .width = 32};
    if (name == "augshufflenet_plus_x0_5")
        return answer_stored<plait::augshufflenet_x0_5<10, plait::order::plus>>(storage, threads);
    if (name == "augshufflenet_plus_x1_0")
        return answer_stored<plait::augshufflenet_x1_0<10, plait::order::plus>>(storage, threads);
    if (name == "augshufflenet_plus_x1_5")
        return answer_stored<plait::augshufflenet_x1_5<10, plait::order::plus>>(storage, threads);
    if (name == "shufflenetv2_cifar_x0_5")
        return answer_stored<plait::shufflenet_v2_cifar_x0_5<10>>(storage, threads);
    if (name == "mobilenet_v2") return answer_stored<plait::mobilenet_v2<10, picture>>(storage, threads);
    if (name == "resnet18") return answer_stored<plait::resnet18<10, picture>>(storage, threads);
    return std::cerr << "training_worker: there is no network '" << name << "'\n", 2;
}
