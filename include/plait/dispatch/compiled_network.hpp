// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The one header that opens `plait` outside of its inline namespace: what it declares is the same thing in
// units that were compiled for different instruction sets. So it has no function and includes nothing.

namespace plait {

/// A network compiled for one instruction set: what a unit hands to its program. Sizes are in floats, and
/// pointers to weights and workspaces are aligned to a cache line.
struct compiled_network {
    const char* target;     ///< the instruction set
    long long parameters;   ///< of the network
    long long macs;         ///< of the network
    long long packed_size;  ///< of all packed weights
    int workspace_size;

    /// Packs the weights of one call: [output][input][kernel row][kernel column], and a bias an output.
    void (*pack)(int op, const float* weights, const float* bias, float* packed);
    /// Leaves all outputs in the workspace; the picture is CHW.
    void (*forward)(const float* picture, const float* packed, float* workspace);
    /// Copies one output to CHW.
    void (*get_output)(int output, const float* workspace, float* to);
};

}  // namespace plait

/// Where the units of `name` are found, whatever the instruction set of who looks.
#define PLAIT_DISPATCH_TARGETS(name)                                                    \
    struct name##_targets {                                                             \
        static const plait::compiled_network avx512, avx2, avx, sse4_2, neon, baseline; \
    }
