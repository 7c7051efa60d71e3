// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "plait/core/finite.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"
#include "plait/kernels/activation_function.hpp"

// Every activation against what PyTorch makes of the same values in double precision (golden/activations.py).

namespace activations {

using namespace plait;

inline std::vector<float> read(const safetensors& file, const std::string& name) {
    const stored_tensor* const stored = file.find(name);
    REQUIRE_MESSAGE(stored, name);
    std::vector<float> values(stored->bytes.size() / sizeof(float));
    REQUIRE(copy_as_float(*stored, values.data()));
    return values;
}

template <activation Act>
void check(const safetensors& file, const std::string& name) {
    INFO(name);
    const std::vector<float> values = read(file, "input");
    const std::vector<float> expected = read(file, name);
    REQUIRE(values.size() == expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        alignas(cache_line_bytes) float found[simd::lanes<float>];
        simd::store(found, detail::activated<Act>(simd::batch<float>(values[i])));
        INFO(name << " of " << values[i] << " is " << found[0] << ", in PyTorch " << expected[i]);
        if (is_nan(expected[i])) {
            CHECK(is_nan(found[0]));
        } else if (!is_finite(expected[i])) {
            CHECK(found[0] == expected[i]);
        } else {
            check_agreement(std::span(found, 1), std::span(&expected[i], 1), 4e-7, 0.5);
        }
    }
}

/// All of them.
inline void check_all() {
    const auto bytes = read_file(PLAIT_SOURCE_DIR "/tests/golden/activations.safetensors");
    REQUIRE_MESSAGE(bytes, bytes.error());
    const auto file = safetensors::parse(*bytes);
    REQUIRE_MESSAGE(file, file.error());
    check<activation::relu>(*file, "relu");
    check<activation::relu6>(*file, "relu6");
    check<activation::clip(-0.75, 2.5)>(*file, "clip");
    check<activation::leaky_relu()>(*file, "leaky_relu");
    check<activation::leaky_relu(2)>(*file, "leaky_relu_2");
    check<activation::elu()>(*file, "elu");
    check<activation::elu(0.5)>(*file, "elu_0.5");
    check<activation::sigmoid>(*file, "sigmoid");
    check<activation::tanh>(*file, "tanh");
    check<activation::hard_sigmoid()>(*file, "hard_sigmoid");
    check<activation::hard_sigmoid(0.2)>(*file, "hard_sigmoid_0.2");
    check<activation::hard_swish>(*file, "hard_swish");
    check<activation::silu>(*file, "silu");
    check<activation::gelu>(*file, "gelu");
    check<activation::gelu_tanh>(*file, "gelu_tanh");
}

}  // namespace activations
