// SPDX-License-Identifier: BSD-3-Clause
// Networks that plait_import has made while this was built, with their weights in the program.
#include <cstdio>
#include <string_view>

#include "plait/io/verify.hpp"
#include "residual_units_model.hpp"
#include "small_units_model.hpp"

namespace {

using plait::precision;

static_assert(residual_units_model::network::parameters == residual_units::network::parameters);
static_assert(residual_units::inputs[0].rank() == 4);
static_assert(plait::precision_of<small_units_model::network> == precision::int8);
static_assert(small_units_model::network::workspace_bytes < residual_units::network::workspace_bytes);

template <class Model>
bool agrees(const char* check, const plait::file_tensor& output, double tolerance) {
    const Model model;
    const auto same = plait::verify(model, std::string_view(check), {.tolerance = tolerance});
    if (!same) return std::printf("%s\n", same.error().c_str()), false;
    static typename Model::workspace scratch;
    const auto values = plait::file_tensor_of(model, scratch, output);
    std::printf("%zu values agree to %.1e\n", values.size(), *same);
    return !values.empty();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const bool in_floats = agrees<residual_units_model>(argv[1], residual_units::outputs[0], 1e-4);
    const bool in_int8 = agrees<small_units_model>(argv[1], small_units::outputs[0], 0.1);
    return in_floats && in_int8 ? 0 : 1;
}
