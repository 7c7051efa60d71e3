// SPDX-License-Identifier: BSD-3-Clause
// Every published network is found by its name and by its weights.

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "any_network.hpp"
#include "networks.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors_writer.hpp"

using namespace examples;

namespace {

/// Weights for a network: small, and different from one tensor to the next.
std::vector<std::byte> made_up_weights(const network_entry& entry) {
    std::vector<std::vector<float>> values;
    std::vector<plait::named_values> tensors;
    for (const expected_tensor& tensor : entry.tensors) {
        std::size_t count = 1;
        for (const std::int64_t dimension : tensor.dimensions) count *= static_cast<std::size_t>(dimension);
        const float value =
            tensor.name.ends_with("running_var") ? 1.0f : 0.001f * static_cast<float>(values.size() % 9);
        values.emplace_back(count, value);
        tensors.push_back({tensor.name, tensor.dimensions, values.back()});
    }
    return plait::write_safetensors(tensors);
}

long long parameters_of(const network_entry& entry) {
    long long sum = 0;
    for (const expected_tensor& tensor : entry.tensors) {
        if (tensor.name.find(".running_") != std::string::npos) continue;
        long long count = 1;
        for (const std::int64_t dimension : tensor.dimensions) count *= dimension;
        sum += count;
    }
    return sum;
}

/// Networks that differ in how they compute alone have the same weights.
const network_entry* first_with_tensors_of(const network_entry& entry) {
    const auto is_same = [](const expected_tensor& a, const expected_tensor& b) {
        return a.name == b.name && a.dimensions == b.dimensions;
    };
    return &*std::ranges::find_if(all_networks(), [&](const network_entry& each) {
        return std::ranges::equal(each.tensors, entry.tensors, is_same);
    });
}

const network_entry* found(const std::string& weights) {
    const auto bytes = plait::read_file(std::string(PLAIT_SOURCE_DIR) + weights);
    REQUIRE_MESSAGE(bytes, bytes.error());
    const auto entry = find_network(*bytes, weights);
    REQUIRE_MESSAGE(entry, entry.error());
    return *entry;
}

}  // namespace

TEST_CASE("the library holds every network of networks.hpp, in its order") {
    std::vector<std::string_view> names;
    for (const network_entry& entry : all_networks()) names.push_back(entry.name);
    CHECK(names == network_names());
    CHECK(names.size() == 45);
    for (const network_entry& entry : all_networks()) {
        CHECK(*network_named(entry.name) == &entry);
        const plait::blueprint plan = entry.blueprint();
        CHECK(plan.macs == entry.macs);
        CHECK(plan.workspace_bytes() == entry.workspace_bytes);
    }
    CHECK(!network_named("lenet"));
}

TEST_CASE("each is found by its own weights, loads them and runs") {
    for (const network_entry& entry : all_networks()) {
        const std::string name(entry.name);
        INFO(name);
        CHECK(parameters_of(entry) == entry.parameters);

        const std::vector<std::byte> weights = made_up_weights(entry);
        const auto by_weights = find_network(weights, "weights");
        REQUIRE_MESSAGE(by_weights, by_weights.error());
        CHECK(*by_weights == first_with_tensors_of(entry));

        const auto network = entry.load(entry, weights, "weights");
        REQUIRE_MESSAGE(network, network.error());
        CHECK((*network)->entry().name == name);
        const std::vector<float> picture(static_cast<std::size_t>(entry.input.elements()), 0.5f);
        CHECK((*network)->forward(picture).size() == static_cast<std::size_t>(entry.output.elements()));
    }
}

TEST_CASE("only what gives a logit for each class is a classifier") {
    CHECK(*(*network_named("torchvision_mobilenet_v2"))->classes() == 1000);
    CHECK((*network_named("fastestdet_coco"))->classes().error() ==
          "fastestdet_coco: is no classifier: its output is 85 x 22 x 22 where a logit for each class was "
          "expected");
}

TEST_CASE("files of PyTorch's are found") {
    CHECK(found("/examples/weights/augshufflenet_x0_5_cifar10.safetensors")->name ==
          "augshufflenet_x0_5_cifar10");
    CHECK(found("/tests/golden/augshufflenet_port_x1_0_cifar10.safetensors")->name ==
          "augshufflenet_x1_0_cifar10");
    for (const std::string name : {"augshufflenet_article_x0_5_cifar10", "augshufflenet_article_x1_0_cifar10",
                                   "augshufflenet_plus_x0_5_cifar10", "augshufflenet_plus_x1_0_cifar10",
                                   "shufflenetv2_cifar_x0_5_cifar10", "torchvision_shufflenet_v2_x0_5"}) {
        CHECK(found("/tests/golden/" + name + ".safetensors")->name == name);
    }
}

TEST_CASE("unknown names and weights get a sentence") {
    CHECK(
        network_named("augshufflenet_x0.5_cifar10").error() ==
        "there is no network 'augshufflenet_x0.5_cifar10'; the nearest names are augshufflenet_x0_5_cifar10, "
        "augshufflenet_x1_5_cifar10 and augshufflenet_x0_5_cifar100");
    CHECK(detail::edit_distance("kitten", "sitting") == 3);
    CHECK(detail::edit_distance("", "four") == 4);

    CHECK(
        find_network(plait::write_safetensors({}), "w").error() ==
        "w: fits no published network; the nearest, torchvision_vgg11_bn, expects tensor 'features.0.weight' "
        "of shape [64, 3, 3, 3] where the file has none of that name");

    std::vector<std::byte> weights = made_up_weights(all_networks()[0]);
    weights.resize(weights.size() / 2);
    CHECK_FALSE(find_network(weights, "w"));
}

TEST_CASE("a file with a tensor too many fits no network") {
    network_entry entry = all_networks()[0];
    entry.tensors.push_back({"linear2.weight", {3}});
    CHECK(find_network(made_up_weights(entry), "w").error() ==
          "w: fits no published network; the nearest, augshufflenet_x0_5_cifar10, does not expect its tensor "
          "'linear2.weight'");
}
