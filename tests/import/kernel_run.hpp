// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <span>
#include <string>

#include "plait/io/file_tensor.hpp"
#include "plait/io/load.hpp"
#include "plait/io/verify.hpp"
#include "run.hpp"

namespace imported_graphs {

/// Imported networks as a user runs them.
class run : public reports {
public:
    using reports::reports;

    template <class Network>
    void kernels(const std::string& name, std::span<const plait::file_tensor> inputs,
                 std::span<const plait::file_tensor> outputs) {
        const auto model = plait::load<Network>(path(name, ".safetensors"));
        if (!model) return fail(name, model.error());
        const auto furthest = plait::verify(*model, path(name, ".check.safetensors"));
        if (!furthest) return fail(name, furthest.error());
        const auto file = file_answers::read(path(name, ".file.safetensors"));
        if (!file) return fail(name, file.error());
        const auto scratch = std::make_unique<typename Network::workspace>();
        for (std::size_t i = 0; i < inputs.size(); ++i)
            plait::put_file_tensor(*model, *scratch, inputs[i], file->inputs[i]);
        model->run(*scratch);
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const auto sentence = file->compare(i, plait::file_tensor_of(*model, *scratch, outputs[i]));
            if (!sentence.empty()) return fail(name, sentence);
        }
        agree();
    }
};

}  // namespace imported_graphs
