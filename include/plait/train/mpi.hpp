// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Without the classes that MPI once had for C++.
#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <cstddef>
#include <mpi.h>

#include "plait/train/collective.hpp"

namespace plait::inline PLAIT_TARGET {

// MPI_IN_PLACE is a cast of the C language.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"

/// The processes of an MPI communicator as a `collective`. MPI is to have been initialised with
/// MPI_THREAD_SERIALIZED or more, since a trainer calls it from whichever of its threads comes last. An error
/// of MPI ends all processes, as it does by default.
class mpi_collective final : public collective {
public:
    explicit mpi_collective(MPI_Comm processes = MPI_COMM_WORLD) : processes_(processes) {}

    void sum(std::span<double> values) override { sum(values.data(), values.size(), MPI_DOUBLE); }
    void sum(std::span<float> values) override { sum(values.data(), values.size(), MPI_FLOAT); }
    int rank() const override {
        int rank = 0;
        MPI_Comm_rank(processes_, &rank);
        return rank;
    }
    /// How many processes there are.
    int size() const {
        int size = 1;
        MPI_Comm_size(processes_, &size);
        return size;
    }

private:
    void sum(void* values, std::size_t count, MPI_Datatype type) const {
        MPI_Allreduce(MPI_IN_PLACE, values, static_cast<int>(count), type, MPI_SUM, processes_);
    }

    MPI_Comm processes_;
};

#pragma GCC diagnostic pop

}  // namespace plait::inline PLAIT_TARGET
