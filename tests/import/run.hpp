// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "plait/core/agreement.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"

namespace imported_graphs {

/// Counts what agrees and prints what does not. The program's argument is the folder of imported files.
class reports {
public:
    reports(int argc, char** argv) : folder_(argc == 2 ? argv[1] : ".") {}

    /// What `main` returns.
    int status() const {
        std::printf("%d graphs agree, %d do not\n", agreed_, failed_);
        return failed_ == 0 && agreed_ > 0 ? 0 : 1;
    }

protected:
    /// weights, check or file
    std::string path(const std::string& name, const std::string& ending) const {
        return folder_ + "/" + name + ending;
    }

    void agree() { ++agreed_; }
    void fail(const std::string& name, const std::string& sentence) {
        ++failed_;
        std::printf("FAILED: %s: %s\n", name.c_str(), sentence.c_str());
    }

private:
    std::string folder_;
    int agreed_ = 0;
    int failed_ = 0;
};

/// A graph's input and answers as they lie in the ONNX file's own tensors.
class file_answers {
public:
    static plait::result<file_answers> read(const std::string& path) {
        auto bytes = plait::detail::read_file_bytes(path);
        if (!bytes) return plait::failure{bytes.error()};
        const auto file = plait::safetensors::parse(bytes->span(), path);
        if (!file) return plait::failure{file.error()};
        file_answers found;
        for (auto& [kind, tensors] : {std::pair{"input", &found.inputs}, {"output", &found.outputs}}) {
            while (const auto* tensor = file->find(kind + std::to_string(tensors->size()))) {
                tensors->emplace_back(static_cast<std::size_t>(tensor->elements()));
                plait::copy_as_float(*tensor, tensors->back().data());
            }
        }
        return found;
    }

    /// A sentence where values are off by more than a ten-thousandth of the largest.
    std::string compare(std::size_t output, std::span<const float> found) const {
        if (output >= outputs.size()) return "the file has fewer outputs than the header";
        const auto furthest = plait::largest_deviation(found, outputs[output], 1e-30);
        if (!furthest) return furthest.error();
        if (furthest->of_largest <= 1e-4) return "";
        return "output " + std::to_string(output) + " of the file differs by " +
               std::to_string(furthest->of_largest) + " of its largest value";
    }

    std::vector<std::vector<float>> inputs, outputs;
};

}  // namespace imported_graphs
