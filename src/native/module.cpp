// The Python module. It is compiled once for each instruction set, each time under a name of its own.
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "core/cpu.hpp"
#include "core/threads.hpp"
#include "losses/hits.hpp"
#include "ops/table.hpp"
#include "python/network.hpp"
#include "python/permutation.hpp"

namespace chainrule {
namespace {

template <class T>
void add_network(nb::module_& module, const char* name) {
    using Network = PythonNetwork<T>;
    nb::class_<Network>(module, name)
        .def("__init__",
             [](Network* self, bool training, int n_inputs, int n_weights, const std::vector<SlotTuple>& slots,
                const std::vector<StepTuple>& steps, const std::vector<int>& outputs, const std::vector<int>& wanted,
                const std::vector<TermTuple>& terms, const std::vector<MetricTuple>& metrics) {
                 new (self) Network(
                     describe(training, n_inputs, n_weights, slots, steps, outputs, wanted, terms, metrics));
             })
        .def("bind", &Network::bind)
        .def("set_update", &Network::set_update, nb::arg("name"), nb::arg("options"), nb::arg("theta"),
             nb::arg("gradient"), nb::arg("slots"), nb::arg("numbers"), nb::arg("average").none(), nb::arg("segments"),
             nb::arg("clip"), nb::arg("clip_limit"), nb::arg("weight_decay"))
        .def("train", &Network::train, nb::arg("inputs"), nb::arg("targets"), nb::arg("weights"),
             nb::arg("order").none(), nb::arg("first"), nb::arg("rows"), nb::arg("batch_size"), nb::arg("seed"),
             nb::arg("iterations"), nb::arg("rates"), nb::arg("seconds"), nb::arg("outputs"),
             nb::arg("sums") = std::vector<double>{})
        .def("keep_losses", &Network::keep_losses, nb::arg("losses").none(), nb::arg("first"), nb::arg("every") = 1)
        .def("measure", &Network::measure, nb::arg("inputs"), nb::arg("targets"), nb::arg("weights"),
             nb::arg("order").none(), nb::arg("first"), nb::arg("rows"), nb::arg("batch_size"), nb::arg("seconds"),
             nb::arg("outputs"), nb::arg("sums") = std::vector<double>{})
        .def("gradients", &Network::gradients, nb::arg("inputs"), nb::arg("targets"), nb::arg("weights"),
             nb::arg("seed"), nb::arg("step"), nb::arg("commit"), nb::arg("outputs"), nb::arg("input_gradients"))
        .def("predict", &Network::predict);
}

template <class Table>
std::vector<std::string> names(const Table& table) {
    std::vector<std::string> found;
    for (const auto& entry : table) found.push_back(entry.first);
    return found;
}

}  // namespace
}  // namespace chainrule

NB_MODULE(CHAINRULE_MODULE, module) {
    using namespace chainrule;
    nb::set_leak_warnings(false);  // a model that lives until the interpreter ends is no mistake
    module.attr("isa") = CHAINRULE_ISA_NAME;
    module.def("supported", &supported_instruction_sets);
    module.def("max_threads", &max_threads);
    module.def("set_max_threads", &set_max_threads, nb::arg("n"), nb::arg("work") = usual_work);
    module.def("operations", [] { return names(kernels<float>()); });
    module.def("losses", [] { return names(losses<float>()); });
    module.def("optimizers", [] { return names(optimizers<float>()); });
    module.def("permute", &permute);
    nb::register_exception_translator([](const std::exception_ptr& error, void*) {
        try {
            std::rethrow_exception(error);
        } catch (const DescriptionError& refused) {
            PyErr_SetString(PyExc_ValueError, refused.what());
        }
    });
    add_network<float>(module, "Network32");
    add_network<double>(module, "Network64");
}
