// Who has models has their layers.
@_exported public import ModelLayers
