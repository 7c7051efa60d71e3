// SPDX-License-Identifier: BSD-3-Clause
// Runs a fuzz target once on each file of the folders that are given, with any compiler.
#include <filesystem>

#include "fuzz.hpp"
#include "plait/io/file.hpp"

namespace {

bool replay(const std::filesystem::path& path) {
    const auto bytes = plait::read_file(path);
    if (!bytes) {
        std::fprintf(stderr, "%s\n", bytes.error().c_str());
        return false;
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
    return true;
}

}  // namespace

int main(int count, char** folders) {
    int replayed = 0;
    for (int i = 1; i < count; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(folders[i])) {
            if (!replay(entry.path())) return 2;
            ++replayed;
        }
    }
    std::printf("%d inputs\n", replayed);
    return replayed > 0 ? 0 : 2;
}
