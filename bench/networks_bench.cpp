// SPDX-License-Identifier: BSD-3-Clause
// Published networks, batch 1, one thread: time and percentage of the multiply-add peak of the same run.
#include "measure.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/shufflenet_v2.hpp"

int main(int argc, char** argv) {
    measure::add<plait::augshufflenet_x0_5<10>>("augshufflenet_x0_5_cifar10");
    measure::add<plait::augshufflenet_x1_0<10>>("augshufflenet_x1_0_cifar10");
    measure::add<plait::augshufflenet_x1_5<10>>("augshufflenet_x1_5_cifar10");
    measure::add<plait::shufflenet_v2_cifar_x0_5<10>>("shufflenetv2_cifar_x0_5_cifar10");
    measure::add<plait::shufflenet_v2_cifar_x1_0<10>>("shufflenetv2_cifar_x1_0_cifar10");
    measure::add<plait::shufflenet_v2_cifar_x1_5<10>>("shufflenetv2_cifar_x1_5_cifar10");
    measure::add<plait::shufflenet_v2_x0_5<>>("torchvision_shufflenet_v2_x0_5");
    measure::add<plait::shufflenet_v2_x1_0<>>("torchvision_shufflenet_v2_x1_0");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
