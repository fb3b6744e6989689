#include "app/yaml_documents.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

namespace pintle::app {
namespace {

// Notes where the latest document begins.
class Beginning : public YAML::EventHandler {
public:
    YAML::Mark mark;

    void OnDocumentStart(const YAML::Mark& where) override { mark = where; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

std::string text_of(const std::string& file) {
    std::ifstream in(file);
    // Reading tells a directory apart from a file; opening does not.
    if (!in || (in.peek() == std::ifstream::traits_type::eof() && in.bad()))
        throw std::system_error(errno, std::generic_category());
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

YamlDocuments read_yaml_documents(const std::string& file) {
    const std::string text = text_of(file);
    YamlDocuments documents;
    std::istringstream in(text);
    YAML::Parser parser(in);
    Beginning beginning;
    if (!parser.HandleNextDocument(beginning)) return documents;
    if (parser.HandleNextDocument(beginning)) documents.second = beginning.mark;
    documents.first = YAML::Load(text);
    return documents;
}

}  // namespace pintle::app
