// Compiles the function bodies of Asio, Asio.SSL and Beast once.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
