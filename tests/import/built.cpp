// SPDX-License-Identifier: BSD-3-Clause
// A network that plait_import has made while this was built, with its weights in the program.
#include <cstdio>
#include <string_view>

#include "plait/io/verify.hpp"
#include "residual_units_model.hpp"

static_assert(residual_units_model::network::parameters == residual_units::network::parameters);
static_assert(residual_units::inputs[0].rank() == 4);

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const residual_units_model model;
    const auto same = plait::verify(model, std::string_view(argv[1]));
    if (!same) return std::printf("%s\n", same.error().c_str()), 1;
    static residual_units_model::workspace scratch;
    const auto values = plait::file_tensor_of(model, scratch, residual_units::outputs[0]);
    std::printf("%zu values agree to %.1e\n", values.size(), *same);
    return values.empty() ? 1 : 0;
}
