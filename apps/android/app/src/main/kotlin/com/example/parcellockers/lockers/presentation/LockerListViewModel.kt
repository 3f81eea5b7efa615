package com.example.parcellockers.lockers.presentation

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import com.example.parcellockers.lockers.application.LoadLockers
import com.example.parcellockers.lockers.domain.Locker
import com.example.parcellockers.lockers.domain.PostalCode
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

data class LockerListState(
    val lockers: List<Locker> = emptyList(),
    val unreachable: Boolean = false,
)

class LockerListViewModel(private val loadLockers: LoadLockers) : ViewModel() {
    private val mutableState = MutableStateFlow(LockerListState())
    val state: StateFlow<LockerListState> = mutableState.asStateFlow()

    fun onPostalCodeEntered(text: String) {
        val postalCode = PostalCode.parse(text) ?: return
        viewModelScope.launch {
            val lockers = loadLockers(postalCode)
            mutableState.value = LockerListState(lockers.orEmpty(), unreachable = lockers == null)
        }
    }
}
