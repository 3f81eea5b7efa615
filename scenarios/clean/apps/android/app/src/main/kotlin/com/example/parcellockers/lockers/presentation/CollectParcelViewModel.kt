package com.example.parcellockers.lockers.presentation

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import com.example.parcellockers.lockers.application.CollectParcel
import com.example.parcellockers.lockers.application.CollectionOutcome
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

data class CollectParcelState(
    val waiting: Boolean = false,
    val outcome: CollectionOutcome? = null,
)

class CollectParcelViewModel(
    private val lockerId: String,
    private val collectParcel: CollectParcel,
) : ViewModel() {
    private val mutableState = MutableStateFlow(CollectParcelState())
    val state: StateFlow<CollectParcelState> = mutableState.asStateFlow()

    fun onCodeEntered(text: String) {
        mutableState.update { it.copy(waiting = true) }
        viewModelScope.launch {
            mutableState.value = CollectParcelState(outcome = collectParcel(lockerId, text))
        }
    }
}
