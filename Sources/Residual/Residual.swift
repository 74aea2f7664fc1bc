// The facade re-exports what a program that imports `Residual` handles: models, their tensors and
// layers, the ordered dictionaries that hold them, and the reports of a verification.
@_exported public import enum KerasFormat.KerasLine
@_exported public import struct KerasFormat.KerasRestriction
@_exported public import ModelBuilder
@_exported public import ModelPresentation
@_exported public import OrderedCollections
@_exported public import ResidualCore
@_exported public import ModelGraph
@_exported public import Verification
