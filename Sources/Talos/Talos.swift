internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOSSL
internal import X509
internal import Yams
internal import Crypto
enum Talos {}
