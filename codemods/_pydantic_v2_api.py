"""The command behind `pydantic-v2-api`."""

from __future__ import annotations

import re
from functools import partial

import libcst as cst

from gardener.codemod.class_hierarchy import ClassRef
from gardener.codemod.import_changes import ImportChanges
from gardener.codemod.node_index import NodeIndex

from ._config_refusals import awaits_warning, is_choice
from ._v2_command import ModelCommand
from ._v2_const import Constants
from ._v2_methods import ATTRIBUTES, METHODS, refused_arguments
from ._v2_validators import Validators

_NAMES = (*METHODS, *ATTRIBUTES, "validator", "root_validator", "const")


class PydanticV2Api(ModelCommand):
    """Call the methods of Pydantic 2 models by their new names."""

    NAME = "pydantic-v2-api"
    WORDS = re.compile(rf"^(?:{'|'.join(_NAMES)}|info|values|model_validator|field_validator)$")

    @classmethod
    def wanted(cls, index: NodeIndex) -> bool:
        """Whether some attribute or decorator has one of the names."""
        return any(node.value in _NAMES for node in index.find(cst.Name))

    def find(self, module: cst.Module) -> None:
        """Find calls and validators of models."""
        del module
        self.look()
        for attribute in self.index.find(cst.Attribute):
            name = attribute.attr.value
            if name in METHODS:
                self._method(attribute, name)
            elif name in ATTRIBUTES:
                self._attribute(attribute, name)
        imports = ImportChanges(self)
        validators = Validators(self, imports)
        validators.change()
        Constants(self, imports).change()
        self._drop_unused(imports, validators.replaced)
        imports.make()
        self.classes.modules.save()

    # --- methods and attributes ---------------------------------------------------------------

    def _method(self, attribute: cst.Attribute, name: str) -> None:
        call = self.index.parent[attribute]
        if not isinstance(call, cst.Call) or call.func is not attribute or self.protected(call):
            return
        method = METHODS[name]
        receiver = attribute.value
        find = self.receivers.of_class if method.is_of_class else self.receivers.instance
        model = find(receiver)
        if model is None or self._stays(attribute, method.name) or not self.certain(attribute):
            return
        why = refused_arguments(call, method) or self.doubts.guarded(receiver, name)
        why = why or self.doubts.about(model, name)
        if why:
            self.note(attribute, f"{name}() of {model.name} left alone: {why}")
            return
        self._rename(attribute, method.name)

    def _attribute(self, attribute: cst.Attribute, name: str) -> None:
        if self.protected(attribute):
            return
        model: ClassRef | None = None
        if name == "__fields__":
            model = self.receivers.of_class(attribute.value)
        else:
            model = self.receivers.instance(attribute.value)
        new = ATTRIBUTES[name]
        if model is not None and not self._stays(attribute, new) and self.certain(attribute):
            self._rename(attribute, new)

    def _stays(self, node: cst.CSTNode, new: str) -> bool:
        """Whether the code wants the old name there: for its warning, or for an older version."""
        return awaits_warning(self, node) or is_choice(self, node, new)

    def _rename(self, attribute: cst.Attribute, name: str) -> None:
        self.change(attribute.attr, partial(_renamed, name))

    # --- imports ------------------------------------------------------------------------------------

    def _drop_unused(self, imports: ImportChanges, replaced: list[cst.CSTNode]) -> None:
        """Take away the imports of decorators that nobody uses any more."""
        if self.file.path.endswith("__init__.py"):
            return
        for name in sorted({node.value for node in replaced if isinstance(node, cst.Name)}):
            bindings = self.names.bound_anywhere(name)
            node = bindings[0].node if len(bindings) == 1 else None
            if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
                continue
            if self.protected(node) or self._is_used(name, replaced):
                continue
            for alias in node.names:
                if alias.evaluated_name == name and alias.asname is None:
                    imports.drop(node, alias)

    def _is_used(self, name: str, replaced: list[cst.CSTNode]) -> bool:
        for text in self.index.find(cst.SimpleString):
            if text.value.strip("\"'") == name:
                return True
        for node in self.index.find(cst.Name):
            above = self.index.parent[node]
            is_part = isinstance(above, cst.Attribute) and above.attr is node
            if node.value != name or is_part or isinstance(above, (cst.ImportAlias, cst.AsName)):
                continue
            if not any(node is each for each in replaced):
                return True
        return False


def _renamed(name: str, node: cst.Name) -> cst.Name:
    return node.with_changes(value=name)
