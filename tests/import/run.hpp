// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdio>
#include <string>

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
    std::string weights_of(const std::string& name) const { return folder_ + "/" + name + ".safetensors"; }
    std::string check_of(const std::string& name) const {
        return folder_ + "/" + name + ".check.safetensors";
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

}  // namespace imported_graphs
