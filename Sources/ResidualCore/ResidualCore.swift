// What a program that imports `ResidualCore` handles besides what is declared here: models, their
// tensors and layers, and the ordered dictionaries that hold them; not how models are built or shown.
@_exported public import OrderedCollections
@_exported public import ModelGraph
